"""From stored faces to the network's input, and to its outputs."""

import keras
import numpy as np
from numpy.typing import NDArray

from model.network.preprocessing import Preprocessing, standardize

_BATCH = 256


def to_network_input(
    greys: NDArray[np.uint8] | NDArray[np.float32], settings: Preprocessing
) -> NDArray[np.float32]:
    """Turn grey crops (count, size, size) into the network's input (count, size, size, 1)."""
    return standardize(greys.astype(np.float32)[..., None], settings)


def outputs_for(
    network: keras.Model, greys: NDArray[np.uint8], settings: Preprocessing
) -> NDArray[np.float32]:
    """Return a network's outputs for any number of grey crops, (count, outputs).

    Args:
        network: a network with one output tensor.
        greys: (count, size, size), grey levels 0 to 255; at least one.
        settings: the preprocessing.
    """
    parts = np.split(greys, range(_BATCH, len(greys), _BATCH))
    outputs = [network.predict_on_batch(to_network_input(part, settings)) for part in parts]
    return np.concatenate([np.asarray(one, np.float32) for one in outputs])
