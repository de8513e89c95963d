"""Image files with hostile EXIF, ICC, XMP and texts, and files that are of two formats."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache, partial
from io import BytesIO
from zipfile import ZipFile

from scripts.reliability.images.files import jpeg_segment, png_chunk, png_file
from scripts.reliability.images.hostile_file import DAMAGED, UNSUPPORTED, HostileFile
from scripts.reliability.images.profiles import lut_profile, profile_swapping_red_and_green
from scripts.reliability.images.samples import XMP, encode, picture

_JPEG = encode(picture(), "JPEG")
_PNG = png_file(64, 48, 8, 2, bytes(192))
_GIF = encode(picture(), "GIF")


def files_with_hostile_metadata() -> list[HostileFile]:
    """Return files whose pixels are fine."""
    return [*_exif(), *_profiles(), *_texts()]


def polyglots() -> list[HostileFile]:
    """Return files that other programs take for something else."""
    archive = BytesIO()
    with ZipFile(archive, "w") as writer:
        writer.writestr("run.sh", "echo hello")
    script = b"<script>alert(1)</script>"
    pdf, html = b"%PDF-1.7\n" + _JPEG, b"<!DOCTYPE html>" + script
    return [
        HostileFile("JPEG that is a ZIP archive", lambda: _JPEG + archive.getvalue()),
        HostileFile("GIF that is a script", lambda: _GIF[:-1] + b"!\xfe\x19" + script + b"\0;"),
        HostileFile("PNG behind a JPEG", lambda: _JPEG + _PNG),
        HostileFile("JPEG inside a PNG", lambda: _PNG[:33] + png_chunk(b"zzZz", _JPEG) + _PNG[33:]),
        HostileFile("PNG that begins as a GIF", lambda: b"GIF89a" + _PNG, DAMAGED),
        HostileFile("JPEG that begins as a PDF", lambda: pdf, UNSUPPORTED),
        HostileFile("JPEG that begins as a web page", lambda: html + _JPEG, UNSUPPORTED),
        HostileFile("WebP that is a WAVE", lambda: b"RIFF\x24\0\0\0WAVEfmt " + _PNG, UNSUPPORTED),
    ]


def _exif() -> Iterator[HostileFile]:
    entry = struct.pack("<HHIHH", 0x0111, 3, 1, 6, 0)
    endless = struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + struct.pack("<I", 8)
    full = struct.pack("<2sHIH", b"II", 42, 8, 0xFFFF) + entry * 5000
    blocks = {
        "that ends at once": b"",
        "without a directory": b"II*\0\xff\xff\xff\xff",
        "whose directory is its own next one": endless,
        "of 65,535 entries": full,
        "of another byte order in the middle": b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03",
    }
    for name, block in blocks.items():
        yield HostileFile(f"JPEG with EXIF {name}", partial(_with_segments, b"Exif\0\0" + block))
    yield HostileFile("JPEG with 18 MB of EXIF", lambda: _with_segments(b"Exif\0\0" + full, 300))


def _profiles() -> Iterator[HostileFile]:
    good = profile_swapping_red_and_green()
    yield HostileFile("JPEG with an ICC profile of 16 MB", lambda: _with_profile(bytes(16_000_000)))
    yield HostileFile("JPEG with a cut ICC profile", lambda: _with_profile(good[:300]))
    yield HostileFile(
        "JPEG with an ICC profile for CMYK", lambda: _with_profile(lut_profile("CMYK"))
    )
    yield HostileFile(
        "JPEG with a large ICC table", lambda: _with_profile(lut_profile("RGB", grid=108))
    )
    yield HostileFile(
        "PNG with an ICC profile of 1 GB",
        lambda: _with_chunk(b"iCCP", b"name\0\0" + _deflated_gigabyte()),
        slow=True,
    )


def _texts() -> Iterator[HostileFile]:
    nested = XMP + b"<rdf:li>" * 2_000_000
    yield HostileFile(
        "PNG with a text of 1 GB",
        lambda: _with_chunk(b"zTXt", b"name\0\0" + _deflated_gigabyte()),
        slow=True,
    )
    yield HostileFile(
        "PNG with XMP of 1 GB",
        lambda: _with_chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + _deflated_gigabyte()),
        slow=True,
    )
    yield HostileFile(
        "WebP with XMP of two million levels", lambda: encode(picture(), "WEBP", xmp=nested)
    )
    packet = b"http://ns.adobe.com/xap/1.0/\0" + nested[:65_000]
    yield HostileFile("JPEG with 18 MB of XMP", lambda: _with_segments(packet, 280))


def _with_segments(payload: bytes, count: int = 1) -> bytes:
    return _JPEG[:2] + jpeg_segment(0xE1, payload) * count + _JPEG[2:]


def _with_profile(profile: bytes) -> bytes:
    return encode(picture(), "JPEG", icc_profile=profile)


def _with_chunk(kind: bytes, payload: bytes) -> bytes:
    return _PNG[:33] + png_chunk(kind, payload) + _PNG[33:]


@cache
def _deflated_gigabyte() -> bytes:
    compressor = zlib.compressobj()
    parts = [compressor.compress(bytes(1_000_000)) for _ in range(1_000)]
    return b"".join([*parts, compressor.flush()])
