"""Accepted and refused image files."""

import struct
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from PIL import Image

from model.errors import (
    DamagedImageError,
    EmptyImageError,
    ImageFileTooLargeError,
    ImageTooSmallError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from model.images.decoding import decode
from model.images.validation import MAX_BYTES, MAX_SIDE, MIN_SIDE
from scripts.reliability.images.files import png_of_size
from tests.support.color_checks import BLUE, GREEN, RED, WHITE, YELLOW, assert_quadrant_colors
from tests.support.pictures import encode, gradient, jpeg_bytes, png_bytes, quarters

# --- formats ---


@pytest.mark.parametrize(
    ("image_format", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("PNG", {}),
        ("WEBP", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("HEIF", {"quality": 90}),
    ],
)
def test_every_format_decodes_to_the_drawn_colors(
    image_format: str, options: dict[str, object]
) -> None:
    picture = decode(encode(quarters((128, 96)), image_format, **options))

    assert (picture.width, picture.height) == (128, 96)
    assert picture.pixels.shape == (96, 128, 3)
    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=30)


def test_a_plain_png_keeps_every_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)

    np.testing.assert_array_equal(decode(encode(Image.fromarray(pixels), "PNG")).pixels, pixels)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_a_decoded_photo_does_not_keep_its_file(image_format: str) -> None:
    # Pillow's own classes for these formats do, and WebP's decoder has further pictures in memory.
    assert type(decode(encode(quarters((128, 96)), image_format)).rgb) is Image.Image


def test_the_pixels_are_writable() -> None:
    for data in (png_bytes((64, 48)), encode(quarters(), "HEIF")):
        pixels = decode(data).pixels
        pixels[0, 0] = WHITE
        assert pixels.flags.c_contiguous


def test_other_formats_that_pillow_reads_are_refused() -> None:
    for image_format in ("BMP", "TIFF", "PPM", "AVIF", "ICO", "JPEG2000", "PDF"):
        with pytest.raises(UnsupportedFormatError):
            decode(encode(quarters(), image_format))


def test_a_jpeg_with_several_images_decodes_to_the_first() -> None:
    buffer = BytesIO()
    quarters((128, 96)).save(
        buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))], quality=95
    )

    assert_quadrant_colors(decode(buffer.getvalue()), RED, GREEN, BLUE, YELLOW, tolerance=30)


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG"])
def test_an_animation_decodes_to_its_first_frame(image_format: str) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in (GREEN, BLUE)]
    data = encode(
        quarters((64, 48)), image_format, save_all=True, append_images=frames, lossless=True
    )

    assert_quadrant_colors(decode(data), RED, GREEN, BLUE, YELLOW)


def test_the_gif_screen_around_a_smaller_frame_is_white() -> None:
    image = Image.new("P", (64, 48), 0)
    image.putpalette([0, 0, 0, *RED])
    image.paste(1, (0, 0, 32, 24))
    data = bytearray(encode(image, "GIF", transparency=0))
    struct.pack_into("<HH", data, 6, 128, 96)

    picture = decode(bytes(data))

    assert (picture.width, picture.height) == (128, 96)
    assert_quadrant_colors(picture, WHITE)
    assert picture.pixels[4, 4].tolist() == list(RED)


# --- sizes ---


@pytest.mark.parametrize(
    ("image_format", "size"),
    [
        *product(["JPEG", "PNG", "WEBP", "GIF"], [(4200, 1500), (900, 4096), (2049, 20)]),
        ("PNG", (2048, 2048)),
        ("HEIF", (2200, 640)),
    ],
)
def test_a_large_image_is_scaled_down_without_distortion(
    image_format: str, size: tuple[int, int]
) -> None:
    picture = decode(encode(quarters(size), image_format))

    height, width, _ = picture.pixels.shape
    assert (picture.width, picture.height) == size
    assert MAX_SIDE * 0.9 < max(width, height) <= MAX_SIDE
    assert width / size[0] == pytest.approx(height / size[1], rel=0.06)
    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


def test_scaling_down_averages_instead_of_dropping_lines() -> None:
    lines = np.zeros((3000, 5000), np.uint8)
    lines[::2] = 255

    picture = decode(encode(Image.fromarray(lines), "PNG"))

    assert np.abs(picture.pixels.astype(int) - 127).max() < 20


def test_strips_are_joined_seamlessly() -> None:
    small = decode(png_bytes((400, 300))).pixels.astype(int)
    large = Image.fromarray(decode(png_bytes((6000, 4500))).pixels)

    assert np.abs(small - np.asarray(large.resize((400, 300)))).max() < 6


def test_an_extremely_wide_image_decodes() -> None:
    picture = decode(png_bytes((30000, MIN_SIDE)))

    assert picture.pixels.shape == (1, 2048, 3)


# --- refusals ---


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(EmptyImageError, match="empty"):
        decode(b"")


def test_a_file_with_too_many_bytes_is_refused() -> None:
    data = jpeg_bytes((64, 48))

    decode(data + bytes(MAX_BYTES - len(data)))
    with pytest.raises(ImageFileTooLargeError, match="at most 20,971,520 are allowed"):
        decode(data + bytes(MAX_BYTES - len(data) + 1))


def test_a_header_with_too_many_pixels_is_refused() -> None:
    with pytest.raises(TooManyPixelsError, match=r"30000×30000 pixels.* 50 megapixels"):
        decode(png_of_size(png_bytes((64, 48)), 30000, 30000))


def test_a_webp_may_have_fewer_pixels() -> None:
    with pytest.raises(TooManyPixelsError, match=r"6000×5000 pixels.* 25 megapixels"):
        decode(encode(Image.new("L", (6000, 5000)), "WEBP", method=0))


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
def test_a_too_small_image_is_refused(image_format: str) -> None:
    decode(encode(quarters((MIN_SIDE, MIN_SIDE)), image_format))
    with pytest.raises(ImageTooSmallError, match=r"only 40×15 pixels.* at least 16"):
        decode(encode(quarters((40, MIN_SIDE - 1)), image_format))


@pytest.mark.parametrize(
    "data",
    [
        b"GIF",
        b"hello, this is a text",
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"\xff\xd8",
        b"RIFF\0\0\0\0WAVE",
        b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1",
        bytes(1000),
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError, match="JPEG, PNG, WebP, HEIC or GIF"):
        decode(data)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_only_its_end_is_decoded(progressive: bool) -> None:
    whole = encode(gradient((640, 640)), "JPEG", progressive=progressive)

    for missing in (1, 2, len(whole) // 100):
        picture = decode(whole[:-missing])

        assert (picture.width, picture.height) == (640, 640)
        np.testing.assert_allclose(
            picture.pixels[:600].astype(int), decode(whole).pixels[:600], atol=40
        )


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(640, 640), (4000, 3000)])
def test_a_jpeg_that_lacks_a_tenth_is_damaged(mode: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise).resize(size).convert(mode), "JPEG", quality=80)

    with pytest.raises(DamagedImageError):
        decode(data[: -len(data) // 10])


def test_a_progressive_jpeg_without_its_fine_scans_is_damaged() -> None:
    data = encode(gradient((640, 640)), "JPEG", progressive=True)
    last_scan = data.rindex(b"\xff\xda")

    with pytest.raises(DamagedImageError):
        decode(data[:last_scan])


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_damaged(image_format: str, share: float) -> None:
    data = encode(gradient((200, 150)), image_format)

    with pytest.raises(DamagedImageError, match="damaged"):
        decode(data[: int(len(data) * share)])


def test_several_threads_can_decode_at_once() -> None:
    files = [encode(quarters((640, 480)), kind) for kind in ("JPEG", "PNG", "WEBP", "GIF")] * 8

    with ThreadPoolExecutor(8) as pool:
        for picture in pool.map(decode, files):
            assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)
