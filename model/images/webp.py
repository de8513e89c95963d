"""The size in the header of a WebP file (RFC 9649; VP8 frames: RFC 6386, section 9.1)."""

import struct

from model.errors import DamagedImageError
from model.images.parsed_file import ParsedFile


def parse_webp(data: bytes) -> ParsedFile:
    """Read the size of the canvas; the decoder handles the rest of the structure.

    Args:
        data: content of the file, known to be a WebP by its first bytes.

    Raises:
        DamagedImageError: the first chunk does not contain a size.
    """
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
    return ParsedFile(data, width, height)
