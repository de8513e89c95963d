"""The convolutional network.

Each block consists of 3×3 convolutions with batch normalization (Ioffe & Szegedy 2015) and ReLU,
max pooling and dropout. A dense layer and a sigmoid give the probability of happy.
"""

import keras
from keras import layers

from model.errors import ModelDamagedError
from model.network.fused_batch_norm import FusedBatchNormalization
from model.network.network_config import NetworkConfig
from model.network.residual import ResidualConvolution

# Of the running statistics; with few images, Keras' 0.99 would lag for half of the training.
_MOMENTUM = 0.95


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
    normalization = FusedBatchNormalization if fused else layers.BatchNormalization
    for number, block in enumerate(config.blocks):
        for position, filters in enumerate(block):
            if config.is_residual(number, position):
                network.add(ResidualConvolution(filters, normalization, _MOMENTUM))
            else:
                _add_convolution(network, filters, normalization)
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


def _add_convolution(
    network: keras.Sequential, filters: int, normalization: type[layers.BatchNormalization]
) -> None:
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
