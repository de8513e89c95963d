"""Partly covered faces, as part of data augmentation."""

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]  # (batch, side, side), grey levels 0 to 255

# Of the coverings, by shape; the rest are bands on the forehead.
_RECTANGLE, _LOWER, _SIDE = 0.5, 0.18, 0.22
_ONE_GREY, _MEAN_GREY = 0.5, 0.2  # of the coverings, by texture; the rest show another face's


def cover(faces: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Cover a part of some faces, as hands, hair, scarves, hats and other heads do.

    Args:
        faces: the faces; they are changed.
        share: how many of them to cover, 0 to 1.
        rng: the source of randomness.

    Returns:
        The faces.
    """
    side = faces.shape[1]
    for index in np.flatnonzero(rng.random(len(faces)) < share):
        area = _area(side, rng)
        texture = rng.random()
        if texture < _ONE_GREY:
            faces[index][area] = rng.uniform(0, 255)
        elif texture < _ONE_GREY + _MEAN_GREY:
            faces[index][area] = faces[index].mean()
        else:
            faces[index][area] = faces[rng.integers(len(faces))][area]
    return faces


def _area(side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Return the rows and columns to cover: a rectangle, or a band along one edge."""
    shape = rng.random()
    if shape < _RECTANGLE:
        height, width = rng.integers(side // 8, side * 6 // 11, 2)
        top, left = rng.integers(0, side - height), rng.integers(0, side - width)
        return slice(top, top + height), slice(left, left + width)
    band = int(side * rng.uniform(0.15, 0.35))
    if shape < _RECTANGLE + _LOWER:
        return slice(side - band, None), slice(None)
    if shape < _RECTANGLE + _LOWER + _SIDE:
        return slice(None), slice(0, band) if rng.random() < 0.5 else slice(side - band, None)
    return slice(0, band), slice(None)
