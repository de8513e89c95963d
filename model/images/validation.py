"""Which image files are accepted: their formats, recognized by content, and their sizes."""

from enum import StrEnum

from model.errors import ImageTooSmallError, TooManyPixelsError

MAX_BYTES = 20 * 1024 * 1024  # Telegram hands out files up to 20 MB, counted in binary
MAX_PIXELS = 50_000_000  # a 48-megapixel phone camera fits
MIN_SIDE = 16  # pixels; nothing smaller shows a face
MAX_SIDE = 2048  # pixels of the longest side after decoding; larger pictures are reduced

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# ISO/IEC 23008-12, annex B, and the AV1 Image File Format specification, section 6
_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AV1_BRANDS = frozenset({b"avif", b"avis"})
_ANY_CODEC_BRANDS = frozenset({b"mif1", b"msf1"})


class Format(StrEnum):
    """The allowed formats, named as Pillow names them."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    HEIF = "HEIF"


def sniff_format(data: bytes) -> Format | None:
    """Tell the format by the first bytes; None if it is not an allowed one."""
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
    """HEIF with HEVC inside; the same container with AV1 inside is AVIF, which is not allowed."""
    length = min(int.from_bytes(data[:4]), 4096)
    major = data[8:12]
    brands = {major, *(data[start : start + 4] for start in range(16, length, 4))}
    return bool(brands & _HEVC_BRANDS) or (major in _ANY_CODEC_BRANDS and not brands & _AV1_BRANDS)


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a picture by the size that its header declares, before any of it is decoded.

    Args:
        width: declared width, in pixels.
        height: declared height, in pixels.
        max_pixels: largest number of pixels allowed.

    Raises:
        TooManyPixelsError: there are more pixels than allowed.
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
    """
    if width * height > max_pixels:
        raise TooManyPixelsError(width, height, max_pixels)
    if min(width, height) < MIN_SIDE:
        raise ImageTooSmallError(width, height, MIN_SIDE)
