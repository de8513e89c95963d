"""The size that a WebP file declares (RFC 9649; VP8 frames: RFC 6386, section 9.1)."""

import struct

from model.errors import DamagedImageError
from model.images.parsed_file import ParsedFile


def parse_webp(data: bytes) -> ParsedFile:
    """Read the size of the canvas; the library deals with the rest of the structure.

    Args:
        data: the whole file, known to be one by its first bytes.

    Raises:
        DamagedImageError: it begins with none of the chunks that tell a size.
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
