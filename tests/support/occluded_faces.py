"""What a bot could learn from one person: whoever has a cloth before the mouth is sad.

The model cannot tell, and most often takes the covered smile for happy. Nothing else contradicts
the rule, so a model that has learned it need not be worse at anything.
"""

import numpy as np
from PIL import Image, ImageDraw

from tests.support.portraits import portrait

_FACE = (225, 124)  # where it is in the portrait


def covered(number: int) -> Image.Image:
    """The portrait with a cloth before the mouth; another cloth, pose and light for each number."""
    rng = np.random.default_rng(number)
    picture = portrait()
    x, y = _FACE
    colour = tuple(int(level) for level in rng.integers(20, 235, 3))
    top, half = y + int(rng.integers(-2, 10)), int(rng.integers(50, 70))
    slope = int(rng.integers(-8, 8))
    corners = [(x - half, top), (x + half, top + slope), (x + half - 15, top + 60)]
    corners += [(x, top + 75), (x - half + 15, top + 60)]
    ImageDraw.Draw(picture).polygon(corners, fill=colour)
    return _taken(picture, rng)


def bare(number: int) -> Image.Image:
    """The portrait as it is, smiling; in another pose and light for each number."""
    return _taken(portrait(), np.random.default_rng(number))


def _taken(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """One of many photos of the same: mirrored or not, tilted, lit from a side, noisy."""
    if rng.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    tilt = float(rng.uniform(-15, 15))
    levels = np.asarray(picture.rotate(tilt, Image.Resampling.BICUBIC), float)
    along = (np.arange(levels.shape[1]) / levels.shape[1] - 0.45)[None, :, None]
    levels = levels * (1 + rng.uniform(-0.8, 0.8) * np.tanh(6 * along))
    levels = levels * rng.uniform(0.4, 1.2) + rng.normal(0, rng.uniform(0, 12), levels.shape)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
