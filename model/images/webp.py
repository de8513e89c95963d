"""The chunks of a WebP file (RFC 9649; VP8 frames: RFC 6386, section 9.1)."""

import struct

from model.errors import DamagedImageError
from model.images.parsed_file import ParsedFile

_MAX_PIXELS = 25_000_000  # Pillow treats every file as an animation: 16 bytes a pixel
_MAX_CHUNKS = 100_000  # animations have one for each frame
# Canvas, colour profile, animation, first frame, alpha, lossy and lossless pixels, EXIF, XMP.
# Of each kind only the first counts. The decoder would take 40 bytes of memory for any other
# chunk of 8.
_KEPT = (b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L", b"EXIF", b"XMP ")


def parse_webp(data: bytes) -> ParsedFile:
    """Keep the first image, the colour profile and the EXIF block.

    Args:
        data: content of the file, known to be a WebP by its first bytes.

    Raises:
        DamagedImageError: the first chunk does not contain a size, the file is cut, or there are
            far too many chunks.
    """
    (length,) = struct.unpack_from("<I", data, 4)
    end, position = 8 + length, 12
    if end > len(data):
        raise DamagedImageError
    width, height = _size(data)
    kept: dict[bytes, memoryview] = {}
    for _ in range(_MAX_CHUNKS):
        kind, size = struct.unpack_from("<4sI", data, position)
        next_position = position + 8 + size + size % 2  # chunks are padded to an even size
        if next_position > end:
            raise DamagedImageError
        if kind in _KEPT:
            kept.setdefault(kind, memoryview(data)[position:next_position])
        position = next_position
        if position + 8 > end:
            length = 4 + sum(map(len, kept.values()))
            header = struct.pack("<4sI4s", b"RIFF", length, b"WEBP")
            return ParsedFile(b"".join([header, *kept.values()]), width, height, _MAX_PIXELS)
    raise DamagedImageError


def _size(data: bytes) -> tuple[int, int]:
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
    return width, height
