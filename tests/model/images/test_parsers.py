"""Files with a broken or malicious structure are refused before they reach a decoder."""

import zlib
from collections.abc import Callable

import pytest

from model.errors import DamagedImageError
from model.images.decoding import decode
from scripts.reliability.images.files import (
    jpeg_segment,
    jpeg_with_scans,
    png_chunk,
    png_file,
    png_of_size,
)
from tests.support.pictures import encode, jpeg_bytes, png_bytes, quarters


def damaged_files() -> dict[str, bytes]:
    jpeg, png, gif = jpeg_bytes(), png_bytes(), encode(quarters(), "GIF")
    frame = jpeg.index(b"\xff\xc0")
    scan = jpeg.index(b"\xff\xda")
    palette = encode(quarters().quantize(4), "PNG")
    start = palette.index(b"PLTE") - 4
    return {
        "JPEG without a frame": jpeg[:frame] + jpeg[frame + 19 :],
        "JPEG with two frames": jpeg[:frame] + jpeg[frame : frame + 19] + jpeg[frame:],
        "JPEG without a scan": jpeg[:scan] + b"\xff\xd9",
        "lossless JPEG": jpeg[: frame + 1] + b"\xc3" + jpeg[frame + 2 :],
        "JPEG with a segment beyond the end": jpeg[:2] + b"\xff\xfe\xff\xff" + bytes(99),
        "PNG without pixels": png[: png.index(b"IDAT") - 4] + png_chunk(b"IEND", b""),
        "PNG without a header": png[:8] + png[33:],
        "PNG without a palette": palette[:start]
        + palette[start + 12 + int.from_bytes(palette[start : start + 4]) :],
        "PNG larger than its pixels": png_of_size(png, 6000, 6000),
        "PNG with a wrong transparent colour": png_file(
            64, 48, 4, 0, bytes(32), png_chunk(b"tRNS", b"\xff\xff")
        ),
        "PNG of no bits": png_file(64, 48, 0, 0, b"", png_chunk(b"tRNS", b"\0\0")),
        "PNG with a third of a transparent colour": png_file(
            64, 48, 8, 2, bytes(192), png_chunk(b"tRNS", b"\0\0")
        ),
        "PNG with an empty transparent colour": png_file(
            64, 48, 8, 0, bytes(64), png_chunk(b"tRNS", b"")
        ),
        "GIF without a frame": gif[: gif.index(b",")] + b";",
        "WebP of an unknown kind": b"RIFF\0\0\0\0WEBPABCD" + bytes(99),
        "HEIF without anything": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    }


@pytest.mark.parametrize("name", damaged_files())
def test_a_damaged_file_is_refused(name: str) -> None:
    with pytest.raises(DamagedImageError):
        decode(damaged_files()[name])


def files_with_excessive_structure() -> dict[str, Callable[[], bytes]]:
    jpeg, png, gif = jpeg_bytes((64, 48)), png_bytes((64, 48)), encode(quarters(), "GIF")
    end = png.index(b"IEND") - 4
    exif_piece = jpeg_segment(0xE1, b"Exif\0\0" + bytes(50))
    return {
        "JPEG of a million empty segments": lambda: (
            jpeg[:2] + b"\xff\xe1\0\x02" * 1_000_000 + jpeg[2:]
        ),
        "JPEG with EXIF in pieces": lambda: jpeg[:2] + exif_piece * 200_000 + jpeg[2:],
        "JPEG of a thousand scans": lambda: jpeg_with_scans(
            encode(quarters(), "JPEG", progressive=True), 1000
        ),
        "PNG of a million empty chunks": lambda: (
            png[:end] + png_chunk(b"IDAT", b"") * 1_000_000 + png[end:]
        ),
        "GIF of a million empty extensions": lambda: (
            gif[: gif.index(b",")] + b"!\xfe\0" * 1_000_000 + gif[gif.index(b",") :]
        ),
    }


@pytest.mark.parametrize("name", files_with_excessive_structure())
def test_a_file_with_excessive_structure_is_refused_quickly(name: str) -> None:
    with pytest.raises(DamagedImageError):
        decode(files_with_excessive_structure()[name]())


def test_a_transparent_color_beside_an_alpha_channel_is_ignored() -> None:
    chunk = png_chunk(b"tRNS", b"\0\0")

    assert decode(png_file(64, 48, 8, 6, b"\0\0\0\xff" * 64, chunk)).pixels.max() == 0


def test_compressed_texts_are_not_decompressed() -> None:
    text = png_chunk(b"zTXt", b"name\0\0" + zlib.compress(bytes(100_000_000)))
    png = png_bytes((64, 48))

    assert decode(png[:33] + text * 20 + png[33:]).width == 64
