"""The convolutional network.

Each block consists of 3×3 convolutions with batch normalization (Ioffe & Szegedy 2015) and ReLU,
max pooling and dropout. A dense layer and a sigmoid give the probability of happy.
"""

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers

from model.errors import ModelDamagedError
from model.network.fused_batch_norm import FusedBatchNormalization

# Of the running statistics; with few images, Keras' 0.99 would lag for half of the training.
_MOMENTUM = 0.95


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The layers of the network, saved in a model's manifest.

    Attributes:
        input_size: side of the square grey input, in pixels.
        blocks: number of filters of each convolution, by block.
        dense: units of the hidden dense layer.
        block_dropout: share of feature maps dropped after a block, 0 to 1.
        dense_dropout: share of features dropped before and after the dense layer, 0 to 1.
    """

    input_size: int = 48
    blocks: tuple[tuple[int, ...], ...] = ((32,), (64,), (128, 128), (256,))
    dense: int = 128
    block_dropout: float = 0.05
    dense_dropout: float = 0.3

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> "NetworkConfig":
        """Restore a configuration from the output of `as_json`, even if read from a JSON file."""
        return cls(**{**settings, "blocks": tuple(tuple(block) for block in settings["blocks"])})


def build_network(config: NetworkConfig, outputs: int = 1, fused: bool = False) -> keras.Sequential:
    """Build the untrained network.

    Args:
        config: layers of the network.
        outputs: 1 for the probability of happy (sigmoid); more for the expressions of
            pre-training (softmax).
        fused: use `FusedBatchNormalization`, which is faster for training and has the same weights.

    Returns:
        A network from (batch, size, size, 1) to (batch, outputs).
    """
    network = keras.Sequential(name="mood")
    network.add(keras.Input((config.input_size, config.input_size, 1), name="face"))
    for block in config.blocks:
        for filters in block:
            _add_convolution(network, filters, fused)
        network.add(layers.MaxPooling2D())  # halves both sides
        network.add(layers.SpatialDropout2D(config.block_dropout))
    network.add(layers.Flatten())  # (batch, 3 * 3 * last filters) for an input of 48 pixels
    network.add(layers.Dropout(config.dense_dropout))
    network.add(layers.Dense(config.dense, use_bias=False))
    network.add(layers.BatchNormalization(momentum=_MOMENTUM))
    network.add(layers.ReLU())
    network.add(layers.Dropout(config.dense_dropout))
    activation = "sigmoid" if outputs == 1 else "softmax"
    # Always float32: a half-precision sigmoid would round confident results to 0 or 1.
    network.add(layers.Dense(outputs, activation=activation, dtype="float32", name="head"))
    return network


def _add_convolution(network: keras.Sequential, filters: int, fused: bool) -> None:
    normalization = FusedBatchNormalization if fused else layers.BatchNormalization
    network.add(
        layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")
    )
    network.add(normalization(momentum=_MOMENTUM))
    network.add(layers.ReLU())


def copy_backbone(source: keras.Sequential, target: keras.Sequential) -> None:
    """Copy the weights of all layers except the last to a network of the same shape."""
    for old, new in zip(source.layers[:-1], target.layers[:-1], strict=True):
        new.set_weights(old.get_weights())


def flatten_layer(network: keras.Sequential) -> layers.Layer:
    """Return the layer whose output the head, and the network for neutral faces, begin with.

    Raises:
        ModelDamagedError: the network has no Flatten layer.
    """
    for layer in network.layers:
        if isinstance(layer, layers.Flatten):
            return layer
    raise ModelDamagedError("Expected a network with a Flatten layer; there is none.")
