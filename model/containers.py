"""What a picture file declares, read from its outer structure without decoding any pixels.

Each reader also returns the file without everything its pixels do not need. Comments, texts,
thumbnails and further frames never reach the decoder, so what a hostile file hides there (a
gigabyte of compressed text, a million empty segments, a thousand scans) costs nothing.

Sources: ITU-T T.81 annex B (JPEG), PNG third edition (W3C), GIF89a specification (CompuServe),
WebP container specification (RFC 9649), ISO/IEC 14496-12 section 4.3 and 23008-12 (HEIF brands).
"""

import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from model.colours import MAX_PROFILE_BYTES
from model.errors import DamagedImageError

# Real files have a few dozen; a 20 MB file that is nothing but full JPEG segments has 305.
_MAX_SEGMENTS = 1000
# Real progressive files have about ten. Each one walks over all the blocks of the picture, needs
# no data at all, and takes up to 30 ms at 50 megapixels.
_MAX_SCANS = 100
_MAX_CHUNKS = 100_000  # a 20 MB file in chunks of 256 bytes has 78 000


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
    if data.startswith(_PNG_SIGNATURE):
        return Format.PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Format.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Format.WEBP
    if data[4:8] == b"ftyp" and _is_heif(data):
        return Format.HEIF
    return None


def read_container(image_format: Format, data: bytes) -> Container:
    """Read the outer structure of a JPEG, PNG, WebP or GIF file.

    Raises:
        DamagedImageError: the structure is broken, or far from what any real file has.
    """
    try:
        return _READERS[image_format](data)
    except (struct.error, IndexError) as error:  # it ends too early
        raise DamagedImageError from error


# --- JPEG ---

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
# In entropy-coded data 0xFF is followed by zero (a stuffed byte) or is a restart marker.
_END_OF_ENTROPY_CODED = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_SOS, _EOI, _APP1, _APP2 = 0xDA, 0xD9, 0xE1, 0xE2
# Baseline, extended and progressive Huffman coding. The others (lossless, hierarchical,
# arithmetic) come from no camera and open in no browser.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Huffman and quantisation tables, restart interval, JFIF, Adobe (which tells the colour space)
_TABLES = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEE})
_WITH_LENGTH = frozenset({0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xFE, *range(0xE0, 0xF0)})


def _read_jpeg(data: bytes) -> Container:
    kept = [b"\xff\xd8"]
    size: tuple[int, int] | None = None
    exif = b""
    position = 2
    for _ in range(_MAX_SEGMENTS):
        marker, segment, position = _jpeg_segment(data, position)
        if marker == _SOS and size:
            kept.append(_jpeg_scans(data, position - len(segment)))
            return Container(b"".join(kept), *size, exif)
        if marker in _FRAMES and not size:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = width, height
            kept.append(segment)
        elif marker in _FRAMES | _OTHER_FRAMES or marker == _SOS:
            raise DamagedImageError
        elif marker in _TABLES or (marker == _APP2 and segment[4:].startswith(b"ICC_PROFILE\0")):
            kept.append(segment)
        elif marker == _APP1 and segment[4:].startswith(b"Exif\0\0"):
            exif = exif or segment[4:]
    raise DamagedImageError


def _jpeg_segment(data: bytes, position: int) -> tuple[int, bytes, int]:
    """The next segment: its marker, its bytes with marker and length, and where it ends."""
    match = _MARKER.search(data, position)
    if match is None or match[1][0] not in _WITH_LENGTH | _FRAMES | _OTHER_FRAMES:
        raise DamagedImageError
    start = match.end() - 2
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4])
    if not start + 4 <= end <= len(data):
        raise DamagedImageError
    return match[1][0], data[start:end], end


def _jpeg_scans(data: bytes, start: int) -> bytes:
    """All from the first scan to the end of the picture; what follows is another picture."""
    position = start
    for _ in range(_MAX_SEGMENTS):
        match = _END_OF_ENTROPY_CODED.search(data, position)
        if match is None or match[1][0] == _EOI:
            scans = data[start : match.end() if match else len(data)]
            # Counted over the bytes, not the walk: a decoder may recover from damage elsewhere.
            if scans.count(b"\xff\xda") > _MAX_SCANS:
                raise DamagedImageError
            return scans
        position = match.end()
        if match[1][0] in _WITH_LENGTH:
            position += int.from_bytes(data[position : position + 2])
    raise DamagedImageError


# --- PNG ---

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = 3  # colour type


def _read_png(data: bytes) -> Container:
    kept = [_PNG_SIGNATURE]
    seen: dict[bytes, bytes] = {}
    position = len(_PNG_SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data) or (kind == b"IHDR") != (position == len(_PNG_SIGNATURE)):
            raise DamagedImageError
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or (kind == b"tRNS" and _is_palette(seen)):
            kept.append(data[position:end])
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf"):
            seen.setdefault(kind, data[position + 8 : end - 4])
        if kind == b"IEND":
            return _png_container(b"".join(kept), seen)
        position = end
    raise DamagedImageError


def _is_palette(seen: dict[bytes, bytes]) -> bool:
    return seen[b"IHDR"][9] == _PALETTE


def _png_container(data: bytes, seen: dict[bytes, bytes]) -> Container:
    width, height, depth = struct.unpack_from(">IIB", seen[b"IHDR"])
    transparent: int | tuple[int, int, int] | None = None
    if _is_palette(seen):
        if b"PLTE" not in seen:
            raise DamagedImageError
    elif b"tRNS" in seen:
        transparent = _png_transparent(seen[b"tRNS"], depth)
    return Container(data, width, height, seen.get(b"eXIf", b""), _png_profile(seen), transparent)


def _png_transparent(payload: bytes, depth: int) -> int | tuple[int, int, int]:
    """Scale to 8 bits as the decoder scales the pixels, which Pillow forgets to do."""
    values = struct.unpack(f">{len(payload) // 2}H", payload[: len(payload) // 2 * 2])
    scaled = [value >> 8 if depth == 16 else value * 255 // (2**depth - 1) for value in values]
    if any(value > 255 for value in scaled):
        raise DamagedImageError
    return (scaled[0], scaled[1], scaled[2]) if len(scaled) >= 3 else scaled[0]


def _png_profile(seen: dict[bytes, bytes]) -> bytes | None:
    """Decompress the ICC profile, but not much more than would be used."""
    _, _, rest = seen.get(b"iCCP", b"").partition(b"\0")
    try:
        return zlib.decompressobj().decompress(rest[1:], MAX_PROFILE_BYTES + 1) or None
    except zlib.error:
        return None


# --- GIF ---


def _read_gif(data: bytes) -> Container:
    """Keep the first frame and the graphic control that belongs to it."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _gif_palette_bytes(flags)
    header, control = data[:position], b""
    for _ in range(_MAX_SEGMENTS):
        if data[position] == ord(","):
            left, top, frame_width, frame_height = struct.unpack_from("<4H", data, position + 1)
            return Container(
                header + control + data[position:],
                max(width, left + frame_width),
                max(height, top + frame_height),
            )
        if data[position] != ord("!"):
            break
        end = position + 2
        while data[end]:  # sub-blocks, each led by its length
            end += data[end] + 1
        end += 1
        if data[position + 1] == 0xF9 and end - position == 8:
            control = data[position:end]
        position = end
    raise DamagedImageError


def _gif_palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


# --- WebP ---


def _read_webp(data: bytes) -> Container:
    """Read the size of the canvas; the library reads the rest of the structure by itself."""
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (24, 27))
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise DamagedImageError
    return Container(data, width, height)


# --- HEIF ---

_HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_AV1_BRANDS = frozenset({b"avif", b"avis"})


def _is_heif(data: bytes) -> bool:
    """HEIF with HEVC inside; the same container with AV1 inside is AVIF, which is not allowed."""
    length = min(int.from_bytes(data[:4]), 4096)
    major = data[8:12]
    brands = {major, *(data[i : i + 4] for i in range(16, length, 4))}
    return bool(brands & _HEVC_BRANDS) or (major in (b"mif1", b"msf1") and not brands & _AV1_BRANDS)


_READERS: dict[Format, Callable[[bytes], Container]] = {
    Format.JPEG: _read_jpeg,
    Format.PNG: _read_png,
    Format.GIF: _read_gif,
    Format.WEBP: _read_webp,
}
