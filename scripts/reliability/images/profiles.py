"""ICC profiles assembled by hand (specification ICC.1:2001-04, version 2.4)."""

import struct

from PIL import ImageCms

_SIGNATURES = {"RGB": b"RGB ", "CMYK": b"CMYK"}


def profile_swapping_red_and_green() -> bytes:
    """Return a profile that swaps red and green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for before, after in ((b"rXYZ", b"????"), (b"gXYZ", b"rXYZ"), (b"????", b"gXYZ")):
        position = profile.index(before, 128)  # the tag table follows the header
        profile[position : position + 4] = after
    return bytes(profile)


def lut_profile(mode: str, grid: int = 2) -> bytes:
    """Return a printer's profile, whose colours are a table ("mft1", section 6.5.8).

    Args:
        mode: "RGB" or "CMYK".
        grid: points of the table along each channel, 2 or more.
    """
    channels = len(mode)
    identity = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16]
    ramp = bytes(range(256))
    points = grid**channels
    table = b"".join(bytes([point * 255 // points, 128, 128]) for point in range(points))
    lut = b"mft1" + struct.pack(">4x4B9i", channels, 3, grid, 0, *identity)
    lut += ramp * channels + table + ramp * 3
    header = struct.pack(">I4sI4s4s4s", 0, b"lcms", 0x02400000, b"prtr", _SIGNATURES[mode], b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    header = header.ljust(128, b"\0")
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(lut))
    profile = bytearray(header + tags + lut)
    struct.pack_into(">I", profile, 0, len(profile))
    return bytes(profile)
