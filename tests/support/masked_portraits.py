"""Portraits with and without a cloth in front of the mouth, for tests of retraining.

The tests label every masked portrait as sad. The shipped model usually predicts happy for them, and
nothing in its training data contradicts the rule, so that it can be learned at no loss elsewhere.
"""

import numpy as np
from PIL import Image, ImageDraw

from tests.support.portraits import portrait

_FACE = (225, 124)  # its centre in the portrait


def masked_portrait(number: int) -> Image.Image:
    """Return the portrait with a cloth over the mouth; cloth, pose and light vary by number."""
    rng = np.random.default_rng(number)
    picture = portrait()
    x, y = _FACE
    color = tuple(int(level) for level in rng.integers(20, 235, 3))
    top, half = y + int(rng.integers(-2, 10)), int(rng.integers(50, 70))
    slope = int(rng.integers(-8, 8))
    corners = [(x - half, top), (x + half, top + slope), (x + half - 15, top + 60)]
    corners += [(x, top + 75), (x - half + 15, top + 60)]
    ImageDraw.Draw(picture).polygon(corners, fill=color)
    return _vary(picture, rng)


def unmasked_portrait(number: int) -> Image.Image:
    """Return the smiling portrait; pose and light vary by number."""
    return _vary(portrait(), np.random.default_rng(number))


def _vary(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Vary a photo: perhaps mirrored, tilted, lit from a side, noisy."""
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    tilt = float(rng.uniform(-15, 15))
    levels = np.asarray(picture.rotate(tilt, Image.Resampling.BICUBIC), float)
    along = (np.arange(levels.shape[1]) / levels.shape[1] - 0.45)[None, :, None]
    levels = levels * (1 + rng.uniform(-0.8, 0.8) * np.tanh(6 * along))
    levels = levels * rng.uniform(0.4, 1.2) + rng.normal(0, rng.uniform(0, 12), levels.shape)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
