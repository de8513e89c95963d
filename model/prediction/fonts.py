"""Fonts for what is written into pictures."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import distribution

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FontFactory = Callable[[float], Font]  # given a size in pixels

_TRIED = 20.0  # pixels
_NO_LETTER = "\uffff"  # is drawn as every letter is that a font lacks


@cache
def find_font(letters: str) -> FontFactory | None:
    """Find a font that has all of these letters.

    Args:
        letters: in any order.

    Returns:
        What makes the font; None if no font at hand has them all.
    """
    return next((make for make in (default_font, _many_alphabets) if _has(make, letters)), None)


def default_font(size: float) -> Font:
    """Pillow's own, which has the letters of English."""
    return ImageFont.load_default(size=size)


def _many_alphabets(size: float) -> Font:
    """DejaVu Sans, which comes with matplotlib; that is not imported, for it takes long."""
    file = distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf")
    return ImageFont.truetype(str(file), size)


def _has(make: FontFactory, letters: str) -> bool:
    font = make(_TRIED)
    missing = bytes(font.getmask(_NO_LETTER))
    return all(bytes(font.getmask(letter)) != missing for letter in letters)
