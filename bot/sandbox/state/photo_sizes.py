"""What Telegram does to a photo: it becomes an upright JPEG in several sizes, without metadata."""

import io
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import Image, ImageOps

SIDES = (90, 320, 800, 1280)
"""The longer sides, in pixels, of the sizes that a photo is offered in."""
MAX_PIXELS = 50_000_000
"""Decoded pixels; a large JPEG is decoded at a fraction of its size."""
JPEG_QUALITY = 87

# Phones convert HEIC to JPEG before they send a photo; here the sandbox does it.
pillow_heif.register_heif_opener()


class InvalidPhotoError(Exception):
    """The file is not an image, or has dimensions that cannot be sent as a photo.

    Args:
        code: Telegram's name for the problem.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class JpegImage:
    """A JPEG and its size in pixels."""

    data: bytes
    width: int
    height: int


def photo_sizes(data: bytes, max_width_plus_height: int | None = None) -> list[JpegImage]:
    """Return a photo in all its sizes, smallest first.

    Args:
        data: an image file.
        max_width_plus_height: in pixels; None if the sender scales the image first.

    Raises:
        InvalidPhotoError: the file is not an image, broken or too large, or one side is more than
            20 times as long as the other.
    """
    with _open(data) as image:
        width, height = image.size
        if max_width_plus_height and width + height > max_width_plus_height:
            raise InvalidPhotoError("PHOTO_INVALID_DIMENSIONS")
        if max(width, height) > 20 * min(width, height):
            raise InvalidPhotoError("PHOTO_INVALID_DIMENSIONS")
        upright = _upright(image, SIDES[-1])
    longest = max(upright.size)
    sides = [side for side in SIDES if side < longest][: len(SIDES) - 1]
    return [encode(upright, side) for side in (*sides, min(longest, SIDES[-1]))]


def thumbnail(data: bytes) -> JpegImage | None:
    """Return a preview of at most 320 pixels, or None if the file is not an image."""
    try:
        with _open(data) as image:
            return encode(_upright(image, 320), 320)
    except InvalidPhotoError:
        return None


def _open(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Our own limit applies instead of Pillow's.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise InvalidPhotoError("PHOTO_INVALID_DIMENSIONS") from None
    except Exception as error:  # Pillow's decoders raise anything for broken files
        raise InvalidPhotoError("IMAGE_PROCESS_FAILED") from error


def _upright(image: Image.Image, side: int) -> Image.Image:
    """Return the image rotated by its EXIF tag, as RGB on white, at most `side` pixels long."""
    image.draft("RGB", (side, side))
    if image.width * image.height > MAX_PIXELS:
        raise InvalidPhotoError("PHOTO_INVALID_DIMENSIONS")
    try:
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits per pixel, which Pillow would clip to white
            image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            white = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(white, image)
        image = image.convert("RGB")
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
    except Exception as error:  # as above
        raise InvalidPhotoError("IMAGE_PROCESS_FAILED") from error
    return image


def encode(image: Image.Image, side: int) -> JpegImage:
    """Encode an RGB image, scaled down to a longest side of at most `side` pixels."""
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=JPEG_QUALITY)
    return JpegImage(out.getvalue(), *small.size)
