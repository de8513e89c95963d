"""The chunks of a PNG file (PNG specification, third edition, W3C)."""

import struct
import zlib

from model.errors import DamagedImageError
from model.images.color_conversion import MAX_PROFILE_BYTES
from model.images.parsed_file import ParsedFile
from model.images.validation import PNG_SIGNATURE

_MAX_CHUNKS = 100_000  # a 20 MB file in chunks of 256 bytes has 78 000
_XMP_KEYWORD = b"XML:com.adobe.xmp\0\0"  # uncompressed, as the XMP specification (part 3) asks for
_GREY, _RGB, _PALETTE = 0, 2, 3  # color types


def parse_png(data: bytes) -> ParsedFile:
    """Keep the header, the palette and the pixels; of an animation, the default image.

    Animation frames and texts, which may decompress to gigabytes, are dropped.

    Args:
        data: content of the file, known to be a PNG by its first bytes.

    Raises:
        DamagedImageError: a required chunk is missing or cut, or there are far too many chunks.
    """
    kept = [PNG_SIGNATURE]
    seen: dict[bytes, bytes] = {}
    position = len(PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data) or (kind == b"IHDR") != (position == len(PNG_SIGNATURE)):
            raise DamagedImageError
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or (
            kind == b"tRNS" and _color_type(seen) == _PALETTE
        ):
            kept.append(data[position:end])
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf"):
            seen.setdefault(kind, data[position + 8 : end - 4])
        if kind == b"iTXt" and data.startswith(_XMP_KEYWORD, position + 8):
            seen.setdefault(kind, data[position + 8 : end - 4])
        if kind == b"IEND":
            return _parse(b"".join(kept), seen)
        position = end
    raise DamagedImageError


def _color_type(seen: dict[bytes, bytes]) -> int:
    return seen[b"IHDR"][9]


def _parse(data: bytes, seen: dict[bytes, bytes]) -> ParsedFile:
    width, height = struct.unpack_from(">II", seen[b"IHDR"])
    if _color_type(seen) == _PALETTE and b"PLTE" not in seen:
        raise DamagedImageError
    return ParsedFile(
        data,
        width,
        height,
        exif=seen.get(b"eXIf", b""),
        xmp=seen.get(b"iTXt", b""),
        profile=_profile(seen),
        transparent=_transparent(seen),
    )


def _transparent(seen: dict[bytes, bytes]) -> int | tuple[int, int, int] | None:
    """Scale the transparent colour to 8 bits like the pixels, which Pillow does not do."""
    depth, color_type = seen[b"IHDR"][8:10]
    if b"tRNS" not in seen or color_type not in (_GREY, _RGB):
        return None
    if depth not in (1, 2, 4, 8, 16):
        raise DamagedImageError
    values = struct.unpack_from(">H" if color_type == _GREY else ">3H", seen[b"tRNS"])
    scaled = [value >> 8 if depth == 16 else value * 255 // (2**depth - 1) for value in values]
    if max(scaled) > 255:
        raise DamagedImageError
    return scaled[0] if color_type == _GREY else (scaled[0], scaled[1], scaled[2])


def _profile(seen: dict[bytes, bytes]) -> bytes | None:
    """Decompress the ICC profile, but hardly more than would be used."""
    _, _, rest = seen.get(b"iCCP", b"").partition(b"\0")
    try:
        return zlib.decompressobj().decompress(rest[1:], MAX_PROFILE_BYTES + 1) or None
    except zlib.error:
        return None
