"""What Telegram does to a photo."""

from io import BytesIO

import pytest
from PIL import Image

from bot.sandbox.state.photo_sizes import InvalidPhotoError, photo_sizes, thumbnail
from tests.support.pictures import encode, gradient, quarters

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def _open(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def _corners(data: bytes) -> list[tuple[int, int, int]]:
    """Return the four corners' colours, each channel rounded to 0 or 255."""
    image = _open(data)
    right, bottom = image.width - 3, image.height - 3
    found = []
    for place in ((2, 2), (right, 2), (2, bottom), (right, bottom)):
        pixel = image.getpixel(place)
        assert isinstance(pixel, tuple)
        found.append(tuple(255 * (channel > 127) for channel in pixel))
    return found  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("size", "longest"),
    [
        ((50, 40), [50]),
        ((90, 40), [90]),
        ((91, 40), [90, 91]),
        ((320, 200), [90, 320]),
        ((640, 480), [90, 320, 640]),
        ((480, 1000), [90, 320, 800, 1000]),
        ((1281, 1281), [90, 320, 800, 1280]),
        ((5000, 4000), [90, 320, 800, 1280]),
    ],
)
def test_sizes(size: tuple[int, int], longest: list[int]) -> None:
    sizes = photo_sizes(encode(gradient(size), quality=50))
    assert [max(picture.width, picture.height) for picture in sizes] == longest
    for picture in sizes:
        image = Image.open(BytesIO(picture.data))
        assert (image.format, image.size) == ("JPEG", (picture.width, picture.height))


def test_a_rotated_photo_becomes_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise
    exif[0x010F] = "Camera"
    [picture] = photo_sizes(encode(quarters((64, 48)), exif=exif))
    assert (picture.width, picture.height) == (48, 64)
    assert _corners(picture.data) == [BLUE, RED, YELLOW, GREEN]
    assert not Image.open(BytesIO(picture.data)).getexif()


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"])
def test_formats(image_format: str) -> None:
    [picture] = photo_sizes(encode(quarters((64, 48)), image_format))
    assert _corners(picture.data) == [RED, GREEN, BLUE, YELLOW]


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (64, 48), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 32, 48))
    [picture] = photo_sizes(encode(image, "PNG"))
    white = (255, 255, 255)
    assert _corners(picture.data) == [BLUE, white, BLUE, white]


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA"])
def test_modes(mode: str) -> None:
    image = Image.new("L", (64, 48), 0)
    image.paste(255, (32, 0, 64, 48))
    [picture] = photo_sizes(encode(image.convert(mode), "TIFF"))
    black, white = (0, 0, 0), (255, 255, 255)
    assert _corners(picture.data) == [black, white, black, white]


def test_16_bit_images_keep_their_brightness() -> None:
    image = Image.new("I;16", (64, 48), 128 * 256)
    [picture] = photo_sizes(encode(image, "PNG"))
    pixel = _open(picture.data).getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert all(abs(channel - 128) <= 2 for channel in pixel)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "IMAGE_PROCESS_FAILED"),
        (b"not a picture", "IMAGE_PROCESS_FAILED"),
        (encode(gradient((300, 200)))[:1500], "IMAGE_PROCESS_FAILED"),
        (encode(Image.new("RGB", (420, 20))), "PHOTO_INVALID_DIMENSIONS"),
        (encode(Image.new("1", (30_000, 20_000)), "PNG"), "PHOTO_INVALID_DIMENSIONS"),
        (encode(Image.new("1", (9_000, 9_000)), "PNG"), "PHOTO_INVALID_DIMENSIONS"),
    ],
    ids=["empty", "text", "truncated", "strip", "bomb", "huge"],
)
def test_invalid_photos(data: bytes, code: str) -> None:
    with pytest.raises(InvalidPhotoError) as caught:
        photo_sizes(data)
    assert caught.value.code == code


def test_only_images_have_a_thumbnail() -> None:
    preview = thumbnail(encode(gradient((640, 480)), "PNG"))
    assert preview
    assert (preview.width, preview.height) == (320, 240)
    assert thumbnail(b"text") is None
    assert thumbnail(encode(Image.new("1", (9_000, 9_000)), "PNG")) is None


def test_the_largest_photo_of_a_phone_is_accepted() -> None:
    sizes = photo_sizes(encode(Image.new("L", (12_000, 9_000)), quality=20))
    assert (sizes[-1].width, sizes[-1].height) == (1280, 960)
