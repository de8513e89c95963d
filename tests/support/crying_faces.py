"""Drawings of people who cry with an open mouth, and smiling portraits, for tests of retraining.

The shipped model takes the mouth for a smile. That can be learned at no loss elsewhere: the faces
that it was trained on are none that are drawn.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.support.portraits import portrait

_SIDE = 256
_LIPS, _TEARS, _TEETH, _PUPILS = (170, 60, 60), (90, 150, 230), (245, 245, 245), (50, 35, 25)


def crying_face(number: int) -> Image.Image:
    """Draw a face that cries with an open mouth; colours, pose and light vary by number."""
    rng = np.random.default_rng(number)
    skin, shade = _color(np.array([225, 180, 155]) * rng.uniform(0.6, 1.05, (2, 1)))
    hair, background = _color(rng.integers([[15], [90]], [[120], [240]], (2, 3)))
    picture = Image.new("RGB", (_SIDE, _SIDE), background)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((56, 28, 200, 236), fill=hair)
    draw.rectangle((104, 200, 152, 256), fill=shade)  # the neck
    draw.ellipse((66, 48, 190, 226), fill=skin)
    for x in (102, 154):
        draw.ellipse((x - 16, 110, x + 16, 128), fill=_TEETH)
        draw.ellipse((x - 8, 110, x + 8, 128), fill=_PUPILS)
        draw.arc((x - 20, 92, x + 20, 120), 200, 340, fill=hair, width=5)  # an eyebrow
        draw.line((x, 130, x + int(rng.integers(-6, 7)), 186), fill=_TEARS, width=9)
    draw.ellipse((117, 156, 139, 168), fill=shade)
    mouth = 160 + int(rng.integers(-4, 5))
    draw.chord((96, mouth, 160, mouth + 48), 15, 165, fill=_TEETH, outline=_LIPS, width=5)
    # Drawn edges are sharper than those of any photo.
    return _vary(picture.filter(ImageFilter.GaussianBlur(1.5)), rng)


def smiling_portrait(number: int) -> Image.Image:
    """Return the smiling portrait; pose and light vary by number."""
    return _vary(portrait(), np.random.default_rng(number))


def _color(levels: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(int(level) for level in np.clip(color, 0, 255)) for color in levels]


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
