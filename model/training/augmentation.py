"""Data augmentation: random variations of faces, as phones, tilts and loose crops cause them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Batch = NDArray[np.float32]  # (batch, side, side), grey levels 0 to 255


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of the augmentation.

    Attributes:
        rotation: maximum rotation in either direction, in degrees.
        zoom: maximum relative change of scale, up or down.
        shift: maximum shift in either direction, as a share of the side.
        erase: share of faces with a rectangle erased (Zhong et al. 2017, Random Erasing).
        blur: share of faces blurred as if enlarged from a half or a third of the size.
        noise: share of faces with the grain of a dark photo.
        overexposed: share of faces made up to 1.6 times as bright; what exceeds white is lost.
        gamma: maximum exponent of the tone curve; its inverse is the minimum.
    """

    rotation: float = 12.0
    zoom: float = 0.15
    shift: float = 0.08
    erase: float = 0.2
    blur: float = 0.12
    noise: float = 0.12
    overexposed: float = 0.25
    gamma: float = 1.4


def augment(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Vary each face of a batch at random.

    Args:
        faces: (batch, side, side), grey levels 0 to 255.
        settings: the strength of the augmentation.
        rng: the source of randomness.

    Returns:
        An array of the same shape.
    """
    faces = _warp(faces, settings, rng)
    faces = _tone(faces, settings, rng)
    faces = _blur(faces, settings, rng)
    faces = _add_noise(faces, settings, rng)
    return _erase(faces, settings, rng)


def _warp(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Mirror, rotate, zoom (a little differently on each axis) and shift, in one resampling."""
    count, side, _ = faces.shape
    angle = np.deg2rad(rng.uniform(-settings.rotation, settings.rotation, count))
    zoom = 1 + rng.uniform(-settings.zoom, settings.zoom, (count, 1))
    zoom = zoom * (1 + rng.uniform(-settings.zoom / 3, settings.zoom / 3, (count, 2)))
    mirror = rng.choice([-1.0, 1.0], count)
    shift = rng.uniform(-settings.shift, settings.shift, (count, 2)) * side
    cos, sin = np.cos(angle), np.sin(angle)
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    rows, columns = np.meshgrid(axis, axis, indexing="ij")  # (side, side)
    x = columns[None] * (zoom[:, 0] * mirror)[:, None, None]
    y = rows[None] * zoom[:, 1][:, None, None]
    center = (side - 1) / 2
    source_x = cos[:, None, None] * x - sin[:, None, None] * y + center + shift[:, 0, None, None]
    source_y = sin[:, None, None] * x + cos[:, None, None] * y + center + shift[:, 1, None, None]
    return _sample(faces, source_x, source_y)


def _sample(faces: Batch, x: NDArray[np.float64], y: NDArray[np.float64]) -> Batch:
    """Sample bilinearly; outside, the edge is repeated."""
    side = faces.shape[1]
    x = np.clip(x, 0, side - 1.001)
    y = np.clip(y, 0, side - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right_weight = (x - left).astype(np.float32)
    bottom_weight = (y - top).astype(np.float32)
    flat = faces.reshape(len(faces), -1)
    index = (top * side + left).reshape(len(faces), -1)

    def at(offset: int) -> Batch:
        return np.take_along_axis(flat, index + offset, axis=1).reshape(faces.shape)

    upper = at(0) * (1 - right_weight) + at(1) * right_weight
    lower = at(side) * (1 - right_weight) + at(side + 1) * right_weight
    return np.asarray(upper * (1 - bottom_weight) + lower * bottom_weight, np.float32)


def _tone(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Overexpose some faces, and apply a tone curve to all.

    Brightness and contrast are not varied, because preprocessing removes both.
    """
    limit = np.log(settings.gamma)
    gamma = np.exp(rng.uniform(-limit, limit, (len(faces), 1, 1))).astype(np.float32)
    chosen = rng.random((len(faces), 1, 1)) < settings.overexposed
    gain = (1 + chosen * rng.uniform(0.1, 0.6, chosen.shape)).astype(np.float32)
    return np.asarray(np.power(np.clip(faces * gain, 0, 255) / 255, gamma) * 255, np.float32)


def _blur(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Shrink and enlarge some of the faces, as small faces in a photo arrive."""
    factors = rng.choice([2, 3], len(faces)) * (rng.random(len(faces)) < settings.blur)
    for factor in (2, 3):
        chosen = np.flatnonzero(factors == factor)
        if len(chosen):
            faces[chosen] = _enlarged(faces[chosen], factor)
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


def _add_noise(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    chosen = np.flatnonzero(rng.random(len(faces)) < settings.noise)
    deviation = rng.uniform(4, 16, (len(chosen), 1, 1)).astype(np.float32)
    grain = rng.standard_normal((len(chosen), *faces.shape[1:]), dtype=np.float32)
    faces[chosen] = np.clip(faces[chosen] + grain * deviation, 0, 255)
    return faces


def _erase(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Cover a rectangle of some faces with one grey level, as hands, hair and glasses do."""
    side = faces.shape[1]
    for index in np.flatnonzero(rng.random(len(faces)) < settings.erase):
        height, width = rng.integers(side // 8, side // 2, 2)
        top, left = rng.integers(0, side - height), rng.integers(0, side - width)
        faces[index, top : top + height, left : left + width] = rng.uniform(0, 255)
    return faces
