"""Residual convolutions, and how they become plain ones when the training is over.

A residual convolution (He et al. 2016, arXiv:1512.03385) is relu(x + BN(Wx)). Batch normalization
with fixed statistics is a scale s and a bias b, and x is what a convolution I gives that has a one
in the middle of each channel's kernel. So relu(x + sWx + b) = relu((I + sW)x + b): a plain
convolution gives the same, as Ding et al. 2021 (RepVGG, arXiv:2101.03697) do it.
"""

from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray


class ResidualConvolution(layers.Layer):  # type: ignore[misc]
    """relu(x + BN(convolution(x))); it starts as relu(x), because BN's scale starts at 0.

    Args:
        filters: channels of its input and its output.
        normalization: class of the batch normalization.
        momentum: of the batch normalization's running statistics, 0 to 1.
    """

    def __init__(
        self, filters: int, normalization: type[layers.BatchNormalization], momentum: float
    ) -> None:
        super().__init__()
        self.convolution = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"
        )
        self.normalization = normalization(momentum=momentum, gamma_initializer="zeros")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights; the shape is (batch, height, width, filters)."""
        self.convolution.build(input_shape)
        self.normalization.build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return feature maps of the same shape as the given ones."""
        change = self.normalization(self.convolution(inputs), training=training)
        return keras.ops.relu(inputs + change)


def copy_as_plain(
    source: keras.Sequential, target: keras.Sequential, inputs: NDArray[np.float32]
) -> None:
    """Copy all weights to a network of the same shape without residual convolutions.

    Args:
        source: a network with residual convolutions.
        target: gives the same outputs afterwards.
        inputs: (count, size, size, 1) faces. Where a residual convolution was, mean and variance of
            the target's batch normalization are those of these faces, so that a further training
            can go on.
    """
    remaining = iter(target.layers)
    features = inputs
    for layer in source.layers:
        copy = next(remaining)
        if isinstance(layer, ResidualConvolution):
            normalization = next(remaining)
            _fold(layer, copy, normalization, features)
            next(remaining)  # ReLU
        else:
            copy.set_weights(layer.get_weights())
        features = np.asarray(layer(features))


def _fold(
    layer: ResidualConvolution,
    convolution: layers.Conv2D,
    normalization: layers.BatchNormalization,
    features: NDArray[np.float32],
) -> None:
    gamma, beta, mean, variance = layer.normalization.get_weights()
    scale = gamma / np.sqrt(variance + layer.normalization.epsilon)
    (kernel,) = layer.convolution.get_weights()  # (3, 3, inputs, outputs)
    kernel = kernel * scale
    kernel[1, 1] += np.eye(len(scale), dtype=kernel.dtype)
    convolution.set_weights([kernel])
    maps = np.asarray(convolution(features))
    mean_now, variance_now = maps.mean((0, 1, 2)), maps.var((0, 1, 2))
    # Its scale undoes its own division, so that only the bias is left.
    undo = np.sqrt(variance_now + normalization.epsilon)
    bias = beta - scale * mean
    normalization.set_weights([undo, bias + mean_now, mean_now, variance_now])
