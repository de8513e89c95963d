"""Image files assembled by hand, because Pillow would not write them."""

import struct
import zlib

from PIL import Image

from model.images.validation import PNG_SIGNATURE


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk with its length and checksum."""
    checksum = zlib.crc32(kind + payload)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)


def png_file(
    width: int, height: int, depth: int, color_type: int, row: bytes, chunks: bytes = b""
) -> bytes:
    """Return a PNG with identical rows; `chunks` precede the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    return _png(header, (b"\0" + row) * height, chunks)


def interlaced_png(width: int, height: int) -> bytes:
    """Return a black PNG whose pixels come in seven passes (Adam7)."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    rows = b"".join(
        bytes(1 + 3 * len(range(left, width, across))) * len(range(top, height, down))
        for left, top, across, down in (*passes, (0, 1, 1, 2))
    )
    return _png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1), rows)


def _png(header: bytes, rows: bytes, chunks: bytes = b"") -> bytes:
    return (
        PNG_SIGNATURE
        + png_chunk(b"IHDR", header)
        + chunks
        + png_chunk(b"IDAT", zlib.compress(rows))
        + png_chunk(b"IEND", b"")
    )


def png_of_size(data: bytes, width: int, height: int) -> bytes:
    """Change the size in the header of a PNG, with a correct checksum."""
    header = struct.pack(">II", width, height) + data[24:29]
    return data[:8] + png_chunk(b"IHDR", header) + data[33:]


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """Return a JPEG segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def jpeg_of_size(data: bytes, width: int, height: int) -> bytes:
    """Change the size in the frame header of a JPEG."""
    frame = min(i for i in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if i > 0)
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def gif_of_size(data: bytes, width: int, height: int) -> bytes:
    """Change the size of the logical screen of a GIF, but not of its frame."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def gif_of_frame_size(data: bytes, width: int, height: int) -> bytes:
    """Change the size of the frame of a GIF, but not of its logical screen."""
    frame = data.index(b",\0\0\0\0")
    return data[: frame + 5] + struct.pack("<HH", width, height) + data[frame + 9 :]


def webp_of_size(data: bytes, width: int, height: int) -> bytes:
    """Change the size of the canvas or bit stream of a WebP, whichever comes first."""
    width, height = max(width, 1), max(height, 1)
    if data[12:16] == b"VP8X":
        sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        return data[:24] + sides + data[30:]
    if data[12:16] == b"VP8L":
        bits = (width - 1 & 0x3FFF) | (height - 1 & 0x3FFF) << 14
        return data[:21] + struct.pack("<I", bits) + data[25:]
    return data[:26] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + data[30:]


def heif_of_size(data: bytes, width: int, height: int) -> bytes:
    """Change every declared size of a HEIF."""
    parts = data.split(b"ispe\0\0\0\0")
    size = struct.pack(">II", width, height)
    return (b"ispe\0\0\0\0" + size).join([parts[0], *(part[8:] for part in parts[1:])])


def jpeg_with_scans(data: bytes, count: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + data[-2:]


def exif(orientation: int) -> bytes:
    """Return an EXIF block with an orientation, 1 to 8."""
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()
