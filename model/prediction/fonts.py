"""Fonts for the labels in annotated photos."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import distribution

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FontFactory = Callable[[float], Font]  # given a size in pixels

_PROBE_SIZE = 20.0  # pixels
_UNMAPPED = "\uffff"  # drawn with the glyph for letters that a font lacks


@cache
def find_font(letters: str) -> FontFactory | None:
    """Return a font that has all of these letters; None if no font has."""
    return next((font for font in (default_font, _dejavu_sans) if _has(font, letters)), None)


def default_font(size: float) -> Font:
    """Return Pillow's own font, which has the letters of English."""
    return ImageFont.load_default(size=size)


def _dejavu_sans(size: float) -> Font:
    """Return the font that comes with matplotlib, without importing matplotlib, which is slow."""
    file = distribution("matplotlib").locate_file("matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf")
    return ImageFont.truetype(str(file), size)


def _has(font_factory: FontFactory, letters: str) -> bool:
    font = font_factory(_PROBE_SIZE)
    missing = bytes(font.getmask(_UNMAPPED))
    return all(bytes(font.getmask(letter)) != missing for letter in letters)
