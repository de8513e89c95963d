"""The blocks of a GIF file (GIF89a specification, CompuServe)."""

import struct

from model.errors import DamagedImageError
from model.images.parsed_file import ParsedFile

_MAX_EXTENSIONS = 1000  # before the first frame; real files have a few
_GRAPHIC_CONTROL = 0xF9


def parse_gif(data: bytes) -> ParsedFile:
    """Keep the first frame and the graphic control block with its transparent colour.

    Args:
        data: content of the file, known to be a GIF by its first bytes.

    Raises:
        DamagedImageError: there is no frame, or there are too many blocks before it.
    """
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _palette_bytes(flags)
    header, control = data[:position], b""
    for _ in range(_MAX_EXTENSIONS):
        if data[position] == ord(","):
            left, top, frame_width, frame_height = struct.unpack_from("<4H", data, position + 1)
            return ParsedFile(
                header + control + data[position:],
                max(width, left + frame_width),
                max(height, top + frame_height),
            )
        if data[position] != ord("!"):
            break
        end = position + 2
        while data[end]:  # sub-blocks, each after its length
            end += data[end] + 1
        end += 1
        if data[position + 1] == _GRAPHIC_CONTROL and end - position == 8:
            control = data[position:end]
        position = end
    raise DamagedImageError


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
