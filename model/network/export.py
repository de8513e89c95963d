"""Convert a Keras network to LiteRT, and check that both give the same results."""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from model.errors import ModelDamagedError
from model.network.litert import LiteRTModel

MAX_DIFFERENCE = 1e-4  # between the probabilities of both networks


def export_litert(network: keras.Sequential, file: Path) -> None:
    """Convert a network to LiteRT, for batches of one.

    Args:
        network: a network in 32-bit floats; Keras must run on TensorFlow.
        file: the `.tflite` file to write.
    """
    side = network.input_shape[1]
    signature = [keras.InputSpec(shape=(1, side, side, 1), dtype="float32")]
    network.export(str(file), format="litert", input_signature=signature, verbose=False)


def max_difference(network: keras.Sequential, file: Path, inputs: NDArray[np.float32]) -> float:
    """Return the largest difference between the probabilities of a network and its LiteRT file.

    Args:
        network: the Keras network.
        file: the LiteRT file.
        inputs: (count, size, size, 1).
    """
    expected = np.asarray(network.predict(inputs, verbose=0))[:, 0]
    lite = LiteRTModel(file.read_bytes())
    got = np.array([lite.run(one[None])[0][0, 0] for one in inputs])
    return float(np.abs(expected - got).max())


def check_parity(network: keras.Sequential, file: Path, inputs: NDArray[np.float32]) -> None:
    """Check that a network and its LiteRT file give the same probabilities.

    Args:
        network: the Keras network.
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
