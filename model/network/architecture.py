"""The convolutional network, whole, in one file.

Blocks of 3×3 convolutions, each followed by batch normalisation (Ioffe & Szegedy 2015) and ReLU,
end in max pooling and dropout; a dense layer and one sigmoid give the probability of happy.
"""

from dataclasses import asdict, dataclass
from typing import Any

import keras
from keras import layers

from model.network.fused_batch_norm import FusedBatchNormalization

# Of the running statistics; Keras' 0.99 would lag behind for half of a training on few pictures.
_MOMENTUM = 0.95


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The shape of the network, saved with its weights.

    Args:
        input_size: side of the square grey input, in pixels.
        blocks: for each block the number of filters of each of its convolutions.
        dense: units of the hidden dense layer.
        block_dropout: share of feature maps dropped after a block, 0 to 1.
        dense_dropout: share of features dropped around the dense layer, 0 to 1.
    """

    input_size: int = 48
    blocks: tuple[tuple[int, ...], ...] = ((32,), (64,), (128, 128), (256,))
    dense: int = 128
    block_dropout: float = 0.05
    dense_dropout: float = 0.3

    def as_json(self) -> dict[str, Any]:
        """The settings as JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, settings: dict[str, Any]) -> "NetworkConfig":
        """The settings that `as_json` gave, also after a way through a file."""
        return cls(**{**settings, "blocks": tuple(tuple(block) for block in settings["blocks"])})


def build_network(config: NetworkConfig, outputs: int = 1, fused: bool = False) -> keras.Sequential:
    """Build the untrained network.

    Args:
        config: its shape.
        outputs: 1 for the probability of happy (sigmoid); more for that many expressions
            (softmax), as in pre-training.
        fused: for training: with `FusedBatchNormalization`; weights fit either way.

    Returns:
        A network that maps (batch, size, size, 1) to (batch, outputs).
    """
    network = keras.Sequential(name="mood")
    network.add(keras.Input((config.input_size, config.input_size, 1), name="face"))
    for block in config.blocks:
        for filters in block:
            _add_convolution(network, filters, fused)
        network.add(layers.MaxPooling2D())  # halves both sides
        network.add(layers.SpatialDropout2D(config.block_dropout))
    network.add(layers.Flatten())  # (batch, 3 * 3 * last filters) for a 48 pixel input
    network.add(layers.Dropout(config.dense_dropout))
    network.add(layers.Dense(config.dense, use_bias=False))
    network.add(layers.BatchNormalization(momentum=_MOMENTUM))
    network.add(layers.ReLU())
    network.add(layers.Dropout(config.dense_dropout))
    activation = "sigmoid" if outputs == 1 else "softmax"
    # Always float32: a half-precision sigmoid would round confident answers to 0 or 1.
    network.add(layers.Dense(outputs, activation=activation, dtype="float32", name="head"))
    return network


def _add_convolution(network: keras.Sequential, filters: int, fused: bool) -> None:
    normalisation = FusedBatchNormalization if fused else layers.BatchNormalization
    network.add(
        layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")
    )
    network.add(normalisation(momentum=_MOMENTUM))
    network.add(layers.ReLU())


def copy_backbone(source: keras.Sequential, target: keras.Sequential) -> None:
    """Copy every layer's weights but the last from one network to another of the same shape.

    Args:
        source: where the weights come from.
        target: where they go; its own head stays as it is.
    """
    for old, new in zip(source.layers[:-1], target.layers[:-1], strict=True):
        new.set_weights(old.get_weights())
