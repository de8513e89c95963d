"""Data augmentation: random variations of faces, as phones, tilts and loose crops cause them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.training.blur import blur
from model.training.compression import compress
from model.training.covering import cover

_TURN = 32.0  # degrees; heads are seldom tilted further

Batch = NDArray[np.float32]  # (batch, side, side), grey levels 0 to 255


@dataclass(frozen=True, slots=True)
class Augmentation:
    """The strength of the augmentation.

    Attributes:
        rotation: maximum rotation in either direction, in degrees.
        turned: share of faces rotated by up to `_TURN` instead.
        zoom: maximum relative change of scale, up or down.
        looser: share of faces that show up to a quarter more of the surroundings as well.
        shift: maximum shift in either direction, as a share of the side.
        shear: maximum horizontal shear in either direction, as a share of the height.
        equalized: share of faces with an equalized histogram, as in FER2013's copies.
        overexposed: share of faces made up to 2.2 times as bright; what exceeds white is lost.
        gamma: maximum exponent of the tone curve; its inverse is the minimum.
        shaded: share of faces with a soft shadow on one side.
        blur: share of faces out of focus, or enlarged from a half or a third of the size.
        noise: share of faces with the grain of a dark photo.
        compressed: share of faces stored as JPEG of low quality.
        covered: share of faces that are partly covered (cf. Zhong et al. 2017, Random Erasing).
    """

    rotation: float = 12.0
    turned: float = 0.0
    zoom: float = 0.15
    looser: float = 0.0
    shift: float = 0.08
    shear: float = 0.0
    equalized: float = 0.0
    overexposed: float = 0.25
    gamma: float = 1.4
    shaded: float = 0.0
    blur: float = 0.12
    noise: float = 0.12
    compressed: float = 0.0
    covered: float = 0.2


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
    for index in _choose(len(faces), settings.equalized, rng):
        faces[index] = equalize(faces[index])
    faces = _tone(faces, settings, rng)
    chosen = _choose(len(faces), settings.shaded, rng)
    faces[chosen] = _shaded(faces[chosen], rng)
    faces = blur(faces, settings.blur, rng)
    faces = _add_noise(faces, settings, rng)
    faces = compress(faces, settings.compressed, rng)
    return cover(faces, settings.covered, rng)


def _choose(count: int, share: float, rng: np.random.Generator) -> NDArray[np.intp]:
    return np.flatnonzero(rng.random(count) < share)


def _warp(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    """Mirror, rotate, zoom (a little differently on each axis), shear and shift.

    All in one resampling.
    """
    count, side, _ = faces.shape
    limit = np.where(rng.random(count) < settings.turned, _TURN, settings.rotation)
    angle = np.deg2rad(rng.uniform(-limit, limit))
    zoom = 1 + rng.uniform(-settings.zoom, settings.zoom, (count, 1))
    zoom = zoom * (1 + rng.uniform(-settings.zoom / 3, settings.zoom / 3, (count, 2)))
    loose = rng.random((count, 1)) < settings.looser
    zoom = zoom * np.where(loose, rng.uniform(1.08, 1.24, (count, 1)), 1)
    mirror = rng.choice([-1.0, 1.0], count)
    shift = rng.uniform(-settings.shift, settings.shift, (count, 2)) * side
    shear = rng.uniform(-settings.shear, settings.shear, (count, 1, 1))
    cos, sin = np.cos(angle), np.sin(angle)
    axis = np.arange(side, dtype=np.float32) - (side - 1) / 2
    rows, columns = np.meshgrid(axis, axis, indexing="ij")  # (side, side)
    x = columns[None] * (zoom[:, 0] * mirror)[:, None, None]
    y = rows[None] * zoom[:, 1][:, None, None]
    center = (side - 1) / 2
    source_x = cos[:, None, None] * x - sin[:, None, None] * y + center + shift[:, 0, None, None]
    source_x += shear * rows
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
    gain = (1 + chosen * rng.uniform(0.1, 1.15, chosen.shape)).astype(np.float32)
    return np.asarray(np.power(np.clip(faces * gain, 0, 255) / 255, gamma) * 255, np.float32)


def equalize(face: NDArray[np.float32]) -> NDArray[np.float32]:
    """Spread the grey levels of a face evenly: histogram equalization.

    Args:
        face: (side, side), grey levels 0 to 255.
    """
    levels = face.round().astype(np.intp)
    below = np.bincount(levels.ravel(), minlength=256).cumsum()  # pixels that are as dark or darker
    darkest = below[levels.min()]
    share = (below - darkest) / max(levels.size - darkest, 1)
    return np.asarray(share[levels] * 255, np.float32)


def _shaded(faces: Batch, rng: np.random.Generator) -> Batch:
    """Darken one side of each face softly, as a window or a lamp on the other side does."""
    side = faces.shape[1]
    axis = (2 * np.arange(side, dtype=np.float32) + 1) / side - 1
    rows, columns = np.meshgrid(axis, axis, indexing="ij")

    def random(low: float, high: float) -> Batch:
        return rng.uniform(low, high, (len(faces), 1, 1)).astype(np.float32)

    angle = random(0, 2 * np.pi)
    distance = columns * np.cos(angle) + rows * np.sin(angle) - random(-0.6, 0.6)
    shadow = 1 / (1 + np.exp(-distance * random(1, 8)))  # 0 to 1, across the face
    return np.asarray(faces * (1 - random(0.2, 0.75) * shadow), np.float32)


def _add_noise(faces: Batch, settings: Augmentation, rng: np.random.Generator) -> Batch:
    chosen = _choose(len(faces), settings.noise, rng)
    deviation = rng.uniform(3, 22, (len(chosen), 1, 1)).astype(np.float32)
    grain = rng.standard_normal((len(chosen), *faces.shape[1:]), dtype=np.float32)
    faces[chosen] = np.clip(faces[chosen] + grain * deviation, 0, 255)
    return faces
