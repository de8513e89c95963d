"""From stored faces to the network's input."""

import numpy as np
from numpy.typing import NDArray

from model.network.preprocessing import Preprocessing, standardize


def to_network_input(
    greys: NDArray[np.uint8] | NDArray[np.float32], settings: Preprocessing
) -> NDArray[np.float32]:
    """Turn grey crops (count, size, size) into the network's input (count, size, size, 1)."""
    return standardize(greys.astype(np.float32)[..., None], settings)
