"""The network in two parts: the backbone (convolutions) and the head (the layers after it)."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from model.network.architecture import flatten_layer
from model.network.preprocessing import Preprocessing
from model.retraining.raw_moods import RawMoods
from model.training.network_input import to_network_input

_BATCH = 256


class SplitNetwork:
    """A network, split where its feature maps are flattened.

    Args:
        network: the network; both parts share its layers, so training the head trains it.
        neither: the network from the backbone's output to the probability of neither happy nor sad,
            if the model has one.

    Raises:
        ModelDamagedError: the network has no Flatten layer.
    """

    def __init__(self, network: keras.Sequential, neither: keras.Sequential | None = None) -> None:
        cut = network.layers.index(flatten_layer(network)) + 1
        self.network = network
        self.neither = neither
        self.backbone = keras.Sequential(
            [keras.Input(network.input_shape[1:]), *network.layers[:cut]]
        )
        self.head = keras.Sequential(
            [keras.Input(self.backbone.output_shape[1:]), *network.layers[cut:]]
        )
        self.channels = int(network.layers[cut - 2].output.shape[-1])

    def features(
        self, greys: NDArray[np.uint8] | NDArray[np.float32], settings: Preprocessing
    ) -> NDArray[np.float32]:
        """Return the head's input for faces.

        Args:
            greys: (count, size, size), grey levels 0 to 255.
            settings: preprocessing of the network.

        Returns:
            (count, features), at least 0.
        """
        parts = [
            self.backbone.predict_on_batch(
                to_network_input(greys[start : start + _BATCH], settings)
            )
            for start in range(0, len(greys), _BATCH)
        ]
        return np.concatenate([np.zeros((0, self.head.input_shape[1]), np.float32), *parts])

    def answers(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the head's probabilities of happy, (count,), for features (count, features)."""
        return _predict(self.head, features)

    def moods(self, features: NDArray[np.float32]) -> RawMoods:
        """Return the answers of both networks for features (count, features)."""
        neither = None if self.neither is None else _predict(self.neither, features)
        return RawMoods(self.answers(features), neither)

    def backbone_hash(self) -> str:
        """Return the SHA-256 of the backbone's weights, in hexadecimal."""
        digest = hashlib.sha256()
        for weights in self.backbone.get_weights():
            digest.update(np.ascontiguousarray(weights, np.float32).tobytes())
        return digest.hexdigest()


def _predict(network: keras.Sequential, features: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(network.predict(features, batch_size=1024, verbose=0), np.float64)[:, 0]


@contextmanager
def frozen_batch_norm(network: keras.Sequential) -> Iterator[None]:
    """Freeze a network's batch normalization layers within a `with` block.

    Their running statistics come from thousands of faces; a few samples cannot replace them.
    """
    normalizations = [
        layer for layer in network.layers if isinstance(layer, layers.BatchNormalization)
    ]
    for layer in normalizations:
        layer.trainable = False
    try:
        yield
    finally:
        for layer in normalizations:
            layer.trainable = True
