"""Picture files put together by hand, for what Pillow would not write."""

import struct
import zlib

from PIL import Image, ImageCms


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """One PNG chunk, with its length and checksum."""
    checksum = zlib.crc32(kind + payload)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)


def png_file(
    width: int, height: int, depth: int, colour_type: int, row: bytes, chunks: bytes = b""
) -> bytes:
    """A PNG whose rows are all the same; `chunks` come before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + chunks
        + png_chunk(b"IDAT", zlib.compress((b"\0" + row) * height))
        + png_chunk(b"IEND", b"")
    )


def png_of_size(data: bytes, width: int, height: int) -> bytes:
    """A PNG that lies about its size, with a correct checksum."""
    header = struct.pack(">II", width, height) + data[24:29]
    return data[:8] + png_chunk(b"IHDR", header) + data[33:]


def jpeg_segment(marker: int, payload: bytes) -> bytes:
    """One JPEG segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def profile_swapping_red_and_green() -> bytes:
    """An ICC profile in which red and green have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for before, after in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        position = profile.index(before, 128)  # the tag table follows the header
        profile[position : position + 4] = after
    return bytes(profile)


def jpeg_of_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG whose frame header claims another size."""
    frame = min(i for i in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if i > 0)
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def gif_of_size(data: bytes, width: int, height: int) -> bytes:
    """A GIF whose logical screen claims another size; its frame stays."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def gif_of_frame_size(data: bytes, width: int, height: int) -> bytes:
    """A GIF whose frame claims another size; its logical screen stays."""
    frame = data.index(b",\0\0\0\0")
    return data[: frame + 5] + struct.pack("<HH", width, height) + data[frame + 9 :]


def webp_of_size(data: bytes, width: int, height: int) -> bytes:
    """A WebP whose canvas or bit stream, whichever comes first, claims another size."""
    width, height = max(width, 1), max(height, 1)
    if data[12:16] == b"VP8X":
        sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
        return data[:24] + sides + data[30:]
    if data[12:16] == b"VP8L":
        bits = (width - 1 & 0x3FFF) | (height - 1 & 0x3FFF) << 14
        return data[:21] + struct.pack("<I", bits) + data[25:]
    return data[:26] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + data[30:]


def heif_of_size(data: bytes, width: int, height: int) -> bytes:
    """A HEIF whose every declared size is another."""
    parts = data.split(b"ispe\0\0\0\0")
    size = struct.pack(">II", width, height)
    return (b"ispe\0\0\0\0" + size).join([parts[0], *(part[8:] for part in parts[1:])])


def jpeg_with_scans(data: bytes, count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + data[-2:]


def exif(orientation: int) -> bytes:
    """An EXIF block with an orientation, 1 to 8."""
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()
