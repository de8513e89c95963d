"""Every color mode and profile becomes sRGB, with transparent parts on white."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from model.images.decoding import decode
from scripts.reliability.images.files import png_chunk, png_file
from scripts.reliability.images.profiles import profile_swapping_red_and_green
from tests.support.color_checks import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    assert_quadrant_colors,
    quadrant_colors,
)
from tests.support.pictures import encode, quarters


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "HEIF"])
def test_grey(image_format: str) -> None:
    assert_quadrant_colors(decode(encode(Image.new("L", (64, 48), 90), image_format)), (90, 90, 90))


def test_one_bit_per_pixel() -> None:
    image = Image.new("1", (64, 48), 1)
    image.paste(0, (0, 0, 32, 24))

    assert_quadrant_colors(decode(encode(image, "PNG")), (0, 0, 0), WHITE, WHITE, WHITE)


def test_palette() -> None:
    assert_quadrant_colors(
        decode(encode(quarters((64, 48)).quantize(8), "PNG")), RED, GREEN, BLUE, YELLOW
    )


def test_inverted_cmyk_from_photoshop() -> None:
    data = encode(quarters((64, 48)).convert("CMYK"), "JPEG", quality=95)

    assert_quadrant_colors(decode(data), RED, GREEN, BLUE, YELLOW, tolerance=40)


def test_ycck() -> None:
    # libjpeg decodes YCCK if the Adobe transform is 2.
    data = encode(quarters((64, 48)).convert("CMYK"), "JPEG", quality=95)
    marker = data.index(b"Adobe")
    assert data[marker + 11] == 0
    ycck = data[: marker + 11] + b"\x02" + data[marker + 12 :]

    assert decode(ycck).pixels.shape == (48, 64, 3)


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.full((48, 64), 0x5A80, np.uint16))

    assert_quadrant_colors(decode(encode(grey, "PNG")), (0x5A, 0x5A, 0x5A))


def test_sixteen_bit_rgb() -> None:
    row = struct.pack(">3H", 0xFFFF, 0x8000, 0x0100) * 64

    assert_quadrant_colors(decode(png_file(64, 48, 16, 2, row)), (255, 128, 1))


def test_sixteen_bit_grey_with_alpha() -> None:
    row = struct.pack(">2H", 0x4000, 0xFFFF) * 64

    assert_quadrant_colors(decode(png_file(64, 48, 16, 4, row)), (64, 64, 64))


# --- transparency ---


def half_transparent(mode: str) -> Image.Image:
    """Return an image with an opaque blue left half and a transparent black right half."""
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 48))
    return image.convert(mode)


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("PNG", {}), ("WEBP", {"lossless": True}), ("HEIF", {"quality": 95}), ("GIF", {})],
)
def test_transparent_parts_are_white(image_format: str, options: dict[str, object]) -> None:
    data = encode(half_transparent("RGBA"), image_format, **options)

    assert_quadrant_colors(decode(data), BLUE, WHITE, BLUE, WHITE, tolerance=30)


def test_transparent_grey() -> None:
    assert_quadrant_colors(
        decode(encode(half_transparent("LA"), "PNG")), (29, 29, 29), WHITE, (29, 29, 29), WHITE
    )


def test_half_transparent_is_mixed_with_white() -> None:
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 128))

    assert_quadrant_colors(decode(encode(image, "PNG")), (127, 127, 127))


@pytest.mark.parametrize("alphas", [bytes([255, 0]), bytes([255, 0, 7]), 1])
def test_transparent_palette_entry(alphas: bytes | int) -> None:
    image = Image.new("P", (64, 48), 0)
    image.putpalette([*BLUE, *RED, *GREEN])
    image.paste(1, (32, 0, 64, 48))

    assert_quadrant_colors(
        decode(encode(image, "PNG", transparency=alphas)), BLUE, WHITE, BLUE, WHITE
    )


@pytest.mark.parametrize(
    ("depth", "color_type", "dark", "light", "transparent"),
    [
        (1, 0, b"\x00" * 4, b"\xff" * 4, (0,)),
        (2, 0, b"\x55" * 8, b"\xff" * 8, (1,)),
        (4, 0, b"\x33" * 16, b"\xff" * 16, (3,)),
        (8, 0, b"\x33" * 32, b"\xff" * 32, (0x33,)),
        (16, 0, b"\x33\x44" * 32, b"\xff\xff" * 32, (0x3344,)),
        (8, 2, b"\x10\x20\x30" * 32, b"\xff" * 96, (0x10, 0x20, 0x30)),
        (16, 2, b"\x10\x99\x20\x99\x30\x99" * 32, b"\xff" * 192, (0x1099, 0x2099, 0x3099)),
    ],
)
def test_a_transparent_color_at_every_depth(
    depth: int, color_type: int, dark: bytes, light: bytes, transparent: tuple[int, ...]
) -> None:
    chunk = png_chunk(b"tRNS", struct.pack(f">{len(transparent)}H", *transparent))

    assert_quadrant_colors(decode(png_file(64, 48, depth, color_type, dark + light, chunk)), WHITE)


# --- profiles ---


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_an_embedded_profile_is_applied(image_format: str) -> None:
    profile = profile_swapping_red_and_green()
    data = encode(
        Image.new("RGB", (64, 48), (200, 40, 40)), image_format, quality=95, icc_profile=profile
    )

    red, green, _ = quadrant_colors(decode(data))[0]

    assert green > red + 80


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert_quadrant_colors(
        decode(encode(quarters((64, 48)), "PNG", icc_profile=profile)), RED, GREEN, BLUE, YELLOW
    )


def broken_profiles() -> dict[str, bytes]:
    good = profile_swapping_red_and_green()
    return {
        "rubbish": b"not a profile",
        "cut": good[:200],
        "a program": good.replace(b"bXYZ", b"mpet"),
        "huge": good + bytes(5_000_000),
    }


@pytest.mark.parametrize("name", broken_profiles())
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_broken_profile_is_ignored(image_format: str, name: str) -> None:
    data = encode(quarters((64, 48)), image_format, quality=95, icc_profile=broken_profiles()[name])

    assert_quadrant_colors(decode(data), RED, GREEN, BLUE, YELLOW, tolerance=60)


def test_a_profile_for_another_mode_is_ignored() -> None:
    profile = profile_swapping_red_and_green()

    grey = encode(Image.new("CMYK", (64, 48), (0, 0, 0, 128)), "JPEG", icc_profile=profile)

    assert_quadrant_colors(decode(grey), (127, 127, 127))


def test_a_png_profile_that_does_not_decompress_is_ignored() -> None:
    chunk = png_chunk(b"iCCP", b"name\0\0" + b"not deflated")

    assert_quadrant_colors(decode(png_file(64, 48, 8, 0, bytes(64), chunk)), (0, 0, 0))
