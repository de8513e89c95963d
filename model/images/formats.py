"""Which format a picture file has, and what its outer structure declares.

The modules `jpeg`, `png`, `gif` and `webp` read that structure without decoding any pixels. They
return the file without what its pixels do not need: comments, texts, thumbnails and further frames
never reach a decoder, so what a hostile file hides there costs nothing. And the size is known
before a decoder reserves any memory.
"""

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class Container:
    """A picture file, reduced to what its pixels need, and what it says about them."""

    data: bytes
    width: int  # pixels, as stored: before any rotation
    height: int
    exif: bytes = b""
    profile: bytes | None = None  # ICC
    transparent: int | tuple[int, int, int] | None = None  # the one transparent colour, 0 to 255


def format_of(data: bytes) -> Format | None:
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
