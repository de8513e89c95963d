"""Hostile image files: strategies that damage valid ones, and decompression bombs."""

from collections.abc import Callable
from io import BytesIO

import pillow_heif
from hypothesis import strategies as st
from PIL import Image

from tests.support.image_files import (
    exif,
    gif_of_frame_size,
    gif_of_size,
    heif_of_size,
    jpeg_of_size,
    jpeg_with_scans,
    png_chunk,
    png_file,
    png_of_size,
    profile_swapping_red_and_green,
    webp_of_size,
)
from tests.support.pictures import encode, quarters, scene

# fmt: off
SIDES = (0, 1, 2, 15, 16, 47, 49, 63, 65, 256, 2049, 4096, 5000, 6250, 7071, 8000, 16383, 65535)
# fmt: on


def good_files() -> dict[str, bytes]:
    """Return a small valid file of every kind except HEIF."""
    small, profile = scene((64, 48)), profile_swapping_red_and_green()
    alpha = small.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(small.size))
    frames = [quarters((64, 48)), small.rotate(90)]
    return {
        "jpeg": encode(small, "JPEG", exif=exif(6), icc_profile=profile),
        "jpeg progressive": encode(small, "JPEG", progressive=True, subsampling=0),
        "jpeg grey": encode(small.convert("L"), "JPEG", restart_marker_blocks=2),
        "jpeg cmyk": encode(small.convert("CMYK"), "JPEG", progressive=True),
        "mpo": encode(small, "MPO", save_all=True, append_images=frames),
        "png": encode(small, "PNG", exif=exif(6), icc_profile=profile),
        "png palette": encode(small.quantize(16), "PNG", transparency=3),
        "png alpha": encode(alpha, "PNG"),
        "png grey alpha": encode(alpha.convert("LA"), "PNG"),
        "png 1": encode(small.convert("1"), "PNG"),
        "png 16": png_file(32, 32, 16, 0, bytes(range(64)), png_chunk(b"tRNS", b"\0\1")),
        "png 16 colours": png_file(32, 32, 16, 2, bytes(192), png_chunk(b"tRNS", bytes(6))),
        "apng": encode(small, "PNG", save_all=True, append_images=frames),
        "webp": encode(small, "WEBP", exif=exif(6), icc_profile=profile),
        "webp plain": encode(small, "WEBP"),
        "webp lossless": encode(alpha, "WEBP", lossless=True),
        "webp animated": encode(alpha, "WEBP", save_all=True, append_images=frames),
        "gif": encode(small, "GIF", comment=b"hello", transparency=2),
        "gif animated": encode(small, "GIF", save_all=True, append_images=frames, loop=1),
    }


def good_heif_files() -> dict[str, bytes]:
    """Return small valid HEIF files, separate because each starts a process to decode."""
    small = quarters((64, 64))
    alpha = small.copy()
    alpha.putalpha(90)
    deep = BytesIO()
    pillow_heif.encode("RGB;16", (64, 64), bytes(64 * 64 * 6), deep, chroma=444)
    return {
        "heif": encode(small, "HEIF", exif=exif(6)),
        "heif grid": encode(quarters((150, 130)), "HEIF", tile_size=64),
        "heif alpha": encode(alpha, "HEIF"),
        "heif deep": deep.getvalue(),
    }


# --- wrong sizes in headers ---

SizeChanger = Callable[[bytes, int, int], bytes]
SIZE_CHANGERS: dict[str, tuple[SizeChanger, ...]] = {
    "jpeg": (jpeg_of_size,),
    "mpo": (jpeg_of_size,),
    "png": (png_of_size,),
    "apng": (png_of_size,),
    "webp": (webp_of_size,),
    "gif": (gif_of_size, gif_of_frame_size),
    "heif": (heif_of_size,),
}


@st.composite
def with_wrong_size(draw: st.DrawFn, files: dict[str, bytes]) -> bytes:
    """Change the size in the header of a file."""
    name = draw(st.sampled_from(sorted(files)))
    change_size = draw(st.sampled_from(SIZE_CHANGERS[name.split()[0]]))
    side = st.sampled_from(SIDES) | st.integers(0, 9000)
    return change_size(files[name], draw(side), draw(side))


# --- damage ---


@st.composite
def truncated(draw: st.DrawFn, files: dict[str, bytes]) -> bytes:
    """Cut a file at any byte."""
    data = files[draw(st.sampled_from(sorted(files)))]
    return data[: draw(st.integers(1, len(data) - 1))]


@st.composite
def corrupted(draw: st.DrawFn, files: dict[str, bytes]) -> bytes:
    """Flip bits and replace bytes of a file, more often in its header than in the rest."""
    data = bytearray(files[draw(st.sampled_from(sorted(files)))])
    end = draw(st.sampled_from((40, 300, 1000, len(data))))
    places = st.integers(0, min(end, len(data)) - 1)
    for place in draw(st.lists(places, max_size=12)):
        data[place] ^= 1 << draw(st.integers(0, 7))
    for place in draw(st.lists(places, max_size=4)):
        data[place] = draw(st.sampled_from((0, 1, 0x7F, 0x80, 0xFE, 0xFF)))
    return bytes(data)


@st.composite
def spliced(draw: st.DrawFn, files: dict[str, bytes]) -> bytes:
    """Replace a part of a file by a piece of another, perhaps repeated."""
    names = st.sampled_from(sorted(files))
    data, other = files[draw(names)], files[draw(names)]
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, len(data)))
    first = draw(st.integers(0, len(other)))
    piece = other[first : first + draw(st.sampled_from((0, 1, 4, 12, 100, 1000)))]
    return data[:start] + piece * draw(st.sampled_from((1, 2, 300))) + data[end:]


def hostile_file(files: dict[str, bytes]) -> st.SearchStrategy[bytes]:
    """Damage a valid file in any of these ways."""
    return st.one_of(with_wrong_size(files), truncated(files), corrupted(files), spliced(files))


# --- decompression bombs ---


def decompression_bombs() -> dict[str, Callable[[], bytes]]:
    """Return small files that declare the largest size, in the most expensive encodings."""
    progressive = {"progressive": True, "subsampling": 0}
    jpeg = encode(scene((64, 48)), "JPEG", **progressive)
    cmyk = encode(scene((64, 48)).convert("CMYK"), "JPEG", **progressive)
    gif = encode(scene((64, 48)), "GIF", transparency=2)
    webp = good_files()["webp animated"]
    return {
        "jpeg cmyk progressive": lambda: jpeg_of_size(cmyk, 7071, 7071),
        "jpeg of many scans": lambda: jpeg_with_scans(
            encode(Image.new("L", (8000, 6250)), "JPEG", progressive=True), 90
        ),
        "jpeg of one line": lambda: jpeg_of_size(jpeg, 65500, 763),
        "png with alpha": lambda: png_file(7071, 7071, 8, 6, bytes(7071 * 4)),
        "png of a few very long rows": lambda: png_file(3_125_000, 16, 8, 6, bytes(12_500_000)),
        "png of a few very long columns": lambda: png_file(16, 3_125_000, 8, 6, bytes(64)),
        "gif screen": lambda: gif_of_size(gif, 8000, 6250),
        "webp canvas": lambda: webp_of_size(webp, 5000, 5000),
    }
