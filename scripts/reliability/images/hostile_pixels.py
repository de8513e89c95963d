"""Image files whose pixels, scans, chunks or frames cost much."""

import struct
import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np
from PIL import Image

from model.images.validation import MAX_BYTES
from scripts.reliability.images.files import (
    gif_of_size,
    heif_of_size,
    interlaced_png,
    jpeg_of_size,
    jpeg_segment,
    jpeg_with_scans,
    png_chunk,
    png_file,
    png_of_size,
    webp_of_size,
)
from scripts.reliability.images.hostile_file import (
    DAMAGED,
    DECODED,
    TOO_MANY,
    TOO_SMALL,
    HostileFile,
)
from scripts.reliability.images.samples import encode, picture

_FRAMES = 10_000
_SMALL_PNG = png_file(64, 48, 8, 2, bytes(192))
_PROGRESSIVE = {"progressive": True, "subsampling": 0}


def files_of_costly_pixels() -> list[HostileFile]:
    """Return files that ask for much work, each within or just beyond the limits."""
    return [*_jpegs(), *_pngs(), *_animations(), *_others(), *_extreme_sides()]


def _jpegs() -> Iterator[HostileFile]:
    small = encode(picture(), "JPEG", **_PROGRESSIVE)
    cmyk = encode(picture().convert("CMYK"), "JPEG", **_PROGRESSIVE)
    frame = small.index(b"\xff\xc2")

    def scans(size: tuple[int, int], count: int) -> bytes:
        return jpeg_with_scans(encode(Image.new("L", size), "JPEG", progressive=True), count)

    def padded(data: bytes) -> bytes:
        return data[:2] + jpeg_segment(0xEE, bytes(60_000)) * 300 + data[2:]

    yield HostileFile(
        "JPEG, CMYK and progressive, of 40 MP", lambda: jpeg_of_size(cmyk, 6324, 6324)
    )
    yield HostileFile(
        "JPEG, CMYK and progressive, of 50 MP", lambda: jpeg_of_size(cmyk, 7071, 7071), TOO_MANY
    )
    yield HostileFile(
        "JPEG, CMYK and progressive, of 40 MP and 18 MB",
        lambda: jpeg_of_size(padded(cmyk), 6324, 6324),
        slow=True,
    )
    yield HostileFile(
        "JPEG, progressive, of 50 MP and 18 MB",
        lambda: jpeg_of_size(padded(small), 7071, 7071),
        slow=True,
    )
    yield HostileFile("JPEG of one line", lambda: jpeg_of_size(small, 65500, 763))
    yield HostileFile("JPEG of 12 MP with 95 scans", lambda: scans((4000, 3000), 90), slow=True)
    yield HostileFile(
        "JPEG of 50 MP with 95 scans", lambda: scans((8000, 6250), 90), DAMAGED, slow=True
    )
    yield HostileFile("JPEG with 700 scans", lambda: scans((64, 48), 695), DAMAGED)
    yield HostileFile(
        "JPEG of 12 bits a channel",
        lambda: small[: frame + 4] + b"\x0c" + small[frame + 5 :],
        DAMAGED,
    )
    yield HostileFile("JPEG of 20 MB of padding", lambda: small[:2] + b"\xff" * 20_000_000, DAMAGED)
    yield HostileFile(
        "JPEG with 20 MB of padding in its scans",
        lambda: small[:-2] + b"\xff" * 20_000_000 + small[-2:],
        slow=True,
    )
    yield HostileFile(
        "JPEG of a million empty segments",
        lambda: small[:2] + b"\xff\xe1\0\x02" * 1_000_000 + small[2:],
        DAMAGED,
    )


def _pngs() -> Iterator[HostileFile]:
    def noise() -> bytes:
        rows = np.random.default_rng(1).integers(0, 256, (2600, 1 + 3 * 2600), np.uint8)
        rows[:, 0] = 0  # no filter
        header = png_of_size(_SMALL_PNG, 2600, 2600)[:33]
        return header + png_chunk(b"IDAT", zlib.compress(rows.tobytes(), 0)) + _SMALL_PNG[-12:]

    def endless() -> bytes:
        more = png_chunk(b"IDAT", zlib.compress(bytes(100_000_000)))
        return _SMALL_PNG[:-12] + more * (MAX_BYTES // len(more) - 1) + _SMALL_PNG[-12:]

    yield HostileFile("PNG with alpha, of 50 MP", lambda: png_file(7071, 7071, 8, 6, bytes(28284)))
    yield HostileFile(
        "PNG of 16 bits, of 50 MP", lambda: png_file(7071, 7071, 16, 6, bytes(56568)), slow=True
    )
    yield HostileFile("PNG, interlaced, of 50 MP", lambda: interlaced_png(7071, 7071), slow=True)
    yield HostileFile("PNG of 20 MB of noise", noise)
    yield HostileFile(
        "PNG of a few very long rows", lambda: png_file(3_125_000, 16, 8, 6, bytes(12_500_000))
    )
    yield HostileFile(
        "PNG of a few very long columns", lambda: png_file(16, 3_125_000, 8, 6, bytes(64))
    )
    yield HostileFile("PNG of 900 MP", lambda: png_of_size(_SMALL_PNG, 30_000, 30_000), TOO_MANY)
    yield HostileFile("PNG with 20 GB behind its pixels", endless, slow=True)
    yield HostileFile(
        "PNG of a million empty chunks",
        lambda: _SMALL_PNG[:-12] + png_chunk(b"IDAT", b"") * 1_000_000 + _SMALL_PNG[-12:],
        DAMAGED,
    )


def _animations() -> Iterator[HostileFile]:
    def gif(frames: int) -> bytes:
        first = encode(picture(), "GIF")
        end = first.index(b",\0\0\0\0")
        return first[:-1] + first[end:-1] * (frames - 1) + b";"

    def apng() -> bytes:
        frame = png_chunk(b"fcTL", bytes(26)) + png_chunk(b"fdAT", bytes(400))
        return (
            _SMALL_PNG[:33]
            + png_chunk(b"acTL", bytes(8))
            + _SMALL_PNG[33:-12]
            + (frame * _FRAMES + _SMALL_PNG[-12:])
        )

    yield HostileFile("GIF with 10,000 frames", lambda: gif(_FRAMES))
    yield HostileFile("APNG with 10,000 frames", apng)
    yield HostileFile("WebP with 10,000 frames", lambda: _webp(_FRAMES))
    yield HostileFile(
        "WebP with 10,000 frames, of 25 MP", lambda: _webp(_FRAMES, (5000, 5000)), slow=True
    )


def _webp(frames: int, size: tuple[int, int] = (64, 48), more: bytes = b"") -> bytes:
    """Return an animation with `more` chunks at its end."""
    data = encode(picture(), "WEBP", save_all=True, append_images=[picture().rotate(90)])
    chunks = webp_of_size(data, *size)[12:] + data[data.rindex(b"ANMF") :] * (frames - 2) + more
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _others() -> Iterator[HostileFile]:
    gif = encode(picture(), "GIF", transparency=2)
    frame = gif.index(b",\0\0\0\0")
    heif = encode(picture((64, 64)), "HEIF")

    yield HostileFile("GIF screen of 50 MP", lambda: gif_of_size(gif, 8000, 6250))
    yield HostileFile(
        "GIF of a million empty extensions",
        lambda: gif[:frame] + b"!\xfe\0" * 1_000_000 + gif[frame:],
        DAMAGED,
    )
    yield HostileFile(
        "GIF with a comment of ten million pieces",
        lambda: gif[:frame] + b"!\xfe" + b"\x01-" * 10_000_000 + b"\0" + gif[frame:],
        slow=True,
    )
    yield HostileFile("WebP canvas of 25 MP", lambda: _webp(2, (5000, 5000)))
    yield HostileFile(
        "WebP canvas of 25 MP with 90,000 empty chunks",
        lambda: _webp(2, (5000, 5000), b"none\0\0\0\0" * 90_000),
        slow=True,
    )
    yield HostileFile(
        "WebP of 2,500,000 empty chunks",
        lambda: _webp(2, more=b"none\0\0\0\0" * 2_500_000),
        DAMAGED,
    )
    yield HostileFile("HEIF of 56 MP", lambda: heif_of_size(heif, 8000, 7000), TOO_MANY)


def _extreme_sides() -> Iterator[HostileFile]:
    for image_format in ("JPEG", "PNG", "GIF"):
        for size, outcome in (
            ((1, 30_000), TOO_SMALL),
            ((30_000, 1), TOO_SMALL),
            ((16, 30_000), DECODED),
            ((30_000, 16), DECODED),
        ):
            yield HostileFile(
                f"{image_format} of {size[0]:,}×{size[1]:,}",
                partial(encode, Image.new("L", size, 90), image_format),
                outcome,
            )
