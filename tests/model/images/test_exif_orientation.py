"""Images become upright in every EXIF orientation."""

import struct

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from model.images.decoding import decode
from scripts.reliability.images.files import exif, jpeg_segment
from tests.support.color_checks import BLUE, GREEN, RED, YELLOW, assert_quadrant_colors
from tests.support.pictures import encode, gradient, jpeg_bytes, quarters

# How a camera stores an image that is upright when displayed, by EXIF orientation.
ORIENTATIONS = range(1, 9)
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(orientation: int, size: tuple[int, int] = (128, 96)) -> Image.Image:
    """Return the quadrants as a camera with this orientation stores them."""
    transposition = STORED[orientation]
    image = quarters(size)
    return image if transposition is None else image.transpose(transposition)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_orientation_is_made_upright(image_format: str, orientation: int) -> None:
    # Like phones, pillow_heif stores the rotation twice, in EXIF and for the decoder.
    data = encode(stored(orientation), image_format, quality=95, exif=exif(orientation))

    picture = decode(data)

    assert (picture.width, picture.height) == (128, 96)
    assert picture.pixels.shape == (96, 128, 3)
    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


def test_orientation_in_big_endian_exif_among_broken_tags() -> None:
    entries = struct.pack(">HHIHH", 0x010F, 2, 9999, 0xFFFF, 0xFFFF)
    entries += struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0)
    block = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries
    data = encode(stored(6), "JPEG", quality=95)

    picture = decode(data[:2] + jpeg_segment(0xE1, block) + data[2:])

    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


@pytest.mark.parametrize("order", ["<", ">"])
def test_some_phones_write_the_orientation_as_a_32_bit_integer(order: str) -> None:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(order + "HHII", 0x0112, 4, 1, 6)
    block = b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + entry
    data = encode(stored(6), "JPEG", quality=95)

    picture = decode(data[:2] + jpeg_segment(0xE1, block) + data[2:])

    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:tiff="http://ns.adobe.com/tiff/1.0/">
<rdf:Description %b</rdf:RDF></x:xmpmeta>"""
AS_ATTRIBUTE = XMP % b"tiff:Orientation='6'/>"
AS_ELEMENT = XMP % b"><tiff:Orientation>6</tiff:Orientation></rdf:Description>"


@pytest.mark.parametrize("packet", [AS_ATTRIBUTE, AS_ELEMENT])
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_orientation_in_xmp_alone_is_made_upright(image_format: str, packet: bytes) -> None:
    options: dict[str, object] = {"quality": 95, "xmp": packet}
    if image_format == "PNG":
        texts = PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", packet.decode())
        options = {"pnginfo": texts}

    picture = decode(encode(stored(6), image_format, **options))

    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


def test_exif_counts_before_xmp() -> None:
    data = encode(stored(8), "JPEG", quality=95, exif=exif(8), xmp=AS_ATTRIBUTE)

    assert_quadrant_colors(decode(data), RED, GREEN, BLUE, YELLOW, tolerance=60)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0",
    ],
)
def test_a_broken_exif_block_is_ignored(block: bytes) -> None:
    data = encode(quarters((64, 48)), "JPEG", quality=95)

    picture = decode(data[:2] + jpeg_segment(0xE1, block) + data[2:])

    assert_quadrant_colors(picture, RED, GREEN, BLUE, YELLOW, tolerance=60)


def test_the_size_is_that_of_the_upright_image_before_scaling() -> None:
    picture = decode(jpeg_bytes((3000, 1000)))
    turned = decode(encode(gradient((3000, 1000)), "JPEG", exif=exif(6)))

    assert (picture.width, picture.height) == (3000, 1000)
    assert picture.pixels.shape == (683, 2048, 3)
    assert (turned.width, turned.height) == (1000, 3000)
    assert turned.pixels.shape == (2048, 683, 3)
