"""Convert a Keras network to LiteRT, and check that both give the same results."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.network.architecture import flatten_layer
from model.network.litert import LiteRTModel
from model.network.mood_network import HAPPY_OUTPUT, NEITHER_OUTPUT

MAX_DIFFERENCE = 5e-3  # between the probabilities of both networks


def join_networks(network: keras.Sequential, neither: keras.Sequential | None) -> keras.Model:
    """Return one network with both outputs; the network itself if there is only that.

    Args:
        network: from (batch, size, size, 1) to the probability of happy; has a Flatten layer.
        neither: from the output of that layer to the probability of neither.
    """
    if neither is None:
        return network
    outputs = {
        HAPPY_OUTPUT: network.outputs[0],
        NEITHER_OUTPUT: neither(flatten_layer(network).output),
    }
    return keras.Model(network.inputs[0], outputs)


def export_litert(network: keras.Model, file: Path) -> None:
    """Convert a network to LiteRT, for batches of one, with weights in half precision.

    That halves the file. LiteRT still computes in single precision:
    https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/post_training_float16_quant

    Args:
        network: a network in 32-bit floats; Keras must run on TensorFlow. Several outputs keep
            their names, but not their order.
        file: the `.tflite` file to write.
    """
    side = network.input_shape[1]
    signature = [keras.InputSpec(shape=(1, side, side, 1), dtype="float32")]
    network.export(
        str(file),
        format="litert",
        input_signature=signature,
        verbose=False,
        optimizations=[tf.lite.Optimize.DEFAULT],
        target_spec={"supported_types": [tf.float16]},
    )


def max_difference(network: keras.Model, file: Path, inputs: NDArray[np.float32]) -> float:
    """Return the largest difference between the probabilities of a network and its LiteRT file.

    Args:
        network: the Keras network, with one output or with named ones.
        file: the LiteRT file.
        inputs: (count, size, size, 1).
    """
    expected = network.predict(inputs, verbose=0)
    lite = LiteRTModel(file.read_bytes())
    if not isinstance(expected, dict):
        return _largest(expected, [lite.run(one[None])[0] for one in inputs])
    got = [lite.run_by_name(one[None]) for one in inputs]
    # Unlike Python's, NumPy's maximum of numbers and NaN is NaN.
    return float(
        np.max([_largest(expected[name], [one[name] for one in got]) for name in expected])
    )


def _largest(expected: NDArray[np.float32], got: list[NDArray[np.float32]]) -> float:
    return float(np.abs(expected - np.concatenate(got)).max())


def check_parity(network: keras.Model, file: Path, inputs: NDArray[np.float32]) -> None:
    """Check that a network and its LiteRT file give the same probabilities.

    Args:
        network: the Keras network, with one output or with named ones.
        file: the LiteRT file.
        inputs: (count, size, size, 1).

    Raises:
        ModelDamagedError: they differ by more than `MAX_DIFFERENCE`, or one is not a number.
    """
    difference = max_difference(network, file, inputs)
    if not difference <= MAX_DIFFERENCE:  # NaN compares as false
        raise ModelDamagedError(
            f"{file} differs from the Keras network by {difference:.2g}; expected at most "
            f"{MAX_DIFFERENCE:.0e}. Export it again."
        )
