"""Which image files are accepted: their formats, recognized by content, and their sizes."""

from enum import StrEnum

from model.errors import ImageTooSmallError, TooManyPixelsError

MAX_BYTES = 20 * 1024 * 1024  # the Bot API serves files up to 20 MB, in binary megabytes
MAX_PIXELS = 50_000_000  # enough for a 48-megapixel phone camera
MIN_SIDE = 16  # pixels; a smaller image cannot show a face
MAX_SIDE = 2048  # pixels; the longest side after decoding, larger images are scaled down

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# ISO/IEC 23008-12, annex B, and the AV1 Image File Format specification, section 6
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AV1_BRANDS = frozenset({b"avif", b"avis"})
_ANY_CODEC_BRANDS = frozenset({b"mif1", b"msf1"})


class Format(StrEnum):
    """The accepted formats, named as in Pillow."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    HEIF = "HEIF"


# What files of these formats are usually called.
FILE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".heic", ".heif", ".hif"}
)


def sniff_format(data: bytes) -> Format | None:
    """Recognize the format by the first bytes; return None if it is not an accepted one."""
    if data.startswith(b"\xff\xd8\xff"):
        return Format.JPEG
    if data.startswith(PNG_SIGNATURE):
        return Format.PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp" and _is_heif(data):
        return Format.HEIF
    return None


def _is_heif(data: bytes) -> bool:
    """Return whether the container holds HEVC; with AV1 inside it is AVIF, which is refused."""
    length = min(int.from_bytes(data[:4]), 4096)
    major = data[8:12]
    brands = {major, *(data[start : start + 4] for start in range(16, length, 4))}
    return bool(brands & _HEVC_BRANDS) or (major in _ANY_CODEC_BRANDS and not brands & _AV1_BRANDS)


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse an image by the size in its header, before anything is decoded.

    Args:
        width: declared width, in pixels.
        height: declared height, in pixels.
        max_pixels: largest accepted width times height.

    Raises:
        TooManyPixelsError: the image has more than `max_pixels`.
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
    """
    if width * height > max_pixels:
        raise TooManyPixelsError(width, height, max_pixels)
    if min(width, height) < MIN_SIDE:
        raise ImageTooSmallError(width, height, MIN_SIDE)
