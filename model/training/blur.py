"""Blurred faces, as part of data augmentation."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Batch = NDArray[np.float32]  # (batch, side, side), grey levels 0 to 255

_HALF, _THIRD = 0.45, 0.25  # of the blurred faces are enlarged from that size; the rest, unfocused
_REACH = 4  # of the lens blur, in pixels


def blur(faces: Batch, share: float, rng: np.random.Generator) -> Batch:
    """Blur some of the faces, as small or unfocused ones in a photo arrive.

    Args:
        faces: the faces; they are changed.
        share: how many of them to blur, 0 to 1.
        rng: the source of randomness.

    Returns:
        The faces.
    """
    draw = rng.random(len(faces))
    for factor, low, high in ((2, 0.0, _HALF), (3, _HALF, _HALF + _THIRD)):
        chosen = np.flatnonzero((draw >= low * share) & (draw < high * share))
        faces[chosen] = _enlarged(faces[chosen], factor)
    chosen = np.flatnonzero((draw >= (_HALF + _THIRD) * share) & (draw < share))
    faces[chosen] = _unfocused(faces[chosen], rng.uniform(0.7, 2.0))
    return faces


def _enlarged(faces: Batch, factor: int) -> Batch:
    """Return faces as if enlarged from 1/factor of their size."""
    count, side, _ = faces.shape
    cells = side // factor
    whole = cells * factor
    blocks = faces[:, :whole, :whole].reshape(count, cells, factor, cells, factor)
    coarse = blocks.mean((2, 4)).repeat(factor, axis=1).repeat(factor, axis=2)
    padded = np.pad(coarse, ((0, 0), (1, 1 + side - whole), (1, 1 + side - whole)), mode="edge")
    # A box filter softens the blocks, as an enlargement would.
    rows = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return np.asarray((rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]) / 9, np.float32)


def _unfocused(faces: Batch, deviation: float) -> Batch:
    """Return faces after a Gaussian filter with that standard deviation in pixels."""
    weights = np.exp(-(np.arange(-_REACH, _REACH + 1) ** 2) / (2 * deviation**2))
    weights = (weights / weights.sum()).astype(np.float32)
    padded = np.pad(faces, ((0, 0), (_REACH, _REACH), (_REACH, _REACH)), mode="edge")
    rows = sliding_window_view(padded, len(weights), axis=1) @ weights
    return np.asarray(sliding_window_view(rows, len(weights), axis=2) @ weights, np.float32)
