"""What Telegram does to a photo: upright, JPEG, in several sizes, nothing but pixels kept."""

import io
import warnings
from dataclasses import dataclass
from typing import Final

import pillow_heif
from PIL import Image, ImageOps

SIDES: Final = (90, 320, 800, 1280)
"""Longest sides in pixels of the sizes a photo is offered in."""
MOST_PIXELS: Final = 50_000_000
"""Most pixels held in memory; a JPEG is decoded at a fraction of its size."""
QUALITY: Final = 87

# A phone turns HEIC into JPEG before it sends a photo; the sandbox does it for the page.
pillow_heif.register_heif_opener()


class NotAPhoto(Exception):  # noqa: N818 - says what it is
    """The bytes are no picture, or of a shape that cannot be sent as a photo.

    Args:
        code: Telegram's name for the fault.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A JPEG and its size in pixels."""

    data: bytes
    width: int
    height: int


def photo_sizes(data: bytes, most_sides: int | None = None) -> list[Picture]:
    """Return a photo's sizes, smallest first.

    Args:
        data: a picture file.
        most_sides: largest width + height in pixels, or None where the sender scales it first.

    Raises:
        NotAPhoto: no picture, broken, too large or more than 20 times as long as wide.
    """
    with _opened(data) as image:
        width, height = image.size
        if most_sides and width + height > most_sides:
            raise NotAPhoto("PHOTO_INVALID_DIMENSIONS")
        if max(width, height) > 20 * min(width, height):
            raise NotAPhoto("PHOTO_INVALID_DIMENSIONS")
        upright = _upright(image, SIDES[-1])
    longest = max(upright.size)
    sides = [side for side in SIDES if side < longest][: len(SIDES) - 1]
    return [_encoded(upright, side) for side in (*sides, min(longest, SIDES[-1]))]


def thumbnail(data: bytes) -> Picture | None:
    """Return a preview of at most 320 pixels, or None when the file is no picture."""
    try:
        with _opened(data) as image:
            return _encoded(_upright(image, 320), 320)
    except NotAPhoto:
        return None


def _opened(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Our own limit stands in for Pillow's, whose warning says nothing to the sender.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise NotAPhoto("PHOTO_INVALID_DIMENSIONS") from None
    except Exception as fault:  # Pillow's decoders raise anything on broken files.
        raise NotAPhoto("IMAGE_PROCESS_FAILED") from fault


def _upright(image: Image.Image, side: int) -> Image.Image:
    """Return the picture turned as its EXIF says, RGB on white, at most `side` pixels long."""
    image.draft("RGB", (side, side))
    if image.width * image.height > MOST_PIXELS:
        raise NotAPhoto("PHOTO_INVALID_DIMENSIONS")
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip to white
            image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        image = image.convert("RGB")
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    except Exception as fault:  # as above
        raise NotAPhoto("IMAGE_PROCESS_FAILED") from fault
    return image


def _encoded(image: Image.Image, side: int) -> Picture:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITY)
    return Picture(out.getvalue(), *small.size)
