"""Image files of every accepted format to upright RGB pixels.

Files are not trusted: the format is recognized by content, the size is checked before anything is
decoded, and decoding takes bounded time and memory (less than 10 seconds and 500 MB for any file of
20 MB, tested by fuzzing).
"""

import struct
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    Image,
    ImageOps,
    WebPImagePlugin,  # noqa: F401 - Pillow would search all its plugins for it
)

from model.errors import (
    DamagedImageError,
    EmptyImageError,
    ImageFileTooLargeError,
    UnsupportedFormatError,
)
from model.images.color_conversion import convert_to_srgb
from model.images.exif_orientation import read_orientation, rotate_upright
from model.images.gif import parse_gif
from model.images.heif import decode_heif
from model.images.jpeg import parse_jpeg
from model.images.parsed_file import ParsedFile
from model.images.png import parse_png
from model.images.validation import (
    MAX_BYTES,
    MAX_SIDE,
    Format,
    check_size,
    sniff_format,
)
from model.images.webp import parse_webp

_PARSERS = {
    Format.JPEG: parse_jpeg,
    Format.PNG: parse_png,
    Format.GIF: parse_gif,
    Format.WEBP: parse_webp,
}

# A JPEG decodes many times faster at 1/2, 1/4 or 1/8 of its size. Its longest side may then be as
# short as this, so that 4032 pixels become 2016 directly instead of 2048 by resampling.
_MIN_DRAFT_SIDE = 1920

_MAX_MISSING = 0.05  # share of the rows that an otherwise complete JPEG may lack at its end
# What libjpeg makes of blocks without data (all coefficients zero); the other for inverted CMYK.
_MISSING_GREYS = (128, 127)

# Everything that Pillow's decoders are known to raise for broken files.
_DECODER_ERRORS = (
    ArithmeticError,
    EOFError,
    IndexError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """The pixels of an image file, and the size it has in full."""

    # RGB, upright, the longest side at most `MAX_SIDE`. It stays an image of Pillow because a copy,
    # as an array or from one, takes half as long as decoding.
    rgb: Image.Image = field(repr=False, compare=False)
    width: int  # of the upright image before it was scaled down, in pixels
    height: int

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """A copy of the pixels, (height, width, 3) RGB."""
        return np.array(self.rgb)


def decode(data: bytes) -> DecodedImage:
    """Decode a JPEG, PNG, WebP, HEIC/HEIF or GIF file; of animations, the first frame.

    Rotation and mirroring (EXIF or XMP) are applied, transparent parts become white, and colours
    are converted to sRGB. Safe to call from several threads at once.

    Args:
        data: content of the file.

    Returns:
        The image, scaled down if its longest side exceeds `MAX_SIDE`.

    Raises:
        EmptyImageError: there are no bytes.
        ImageFileTooLargeError: there are more than `MAX_BYTES`.
        UnsupportedFormatError: the content is none of the formats above.
        TooManyPixelsError: the header declares more than 50 megapixels (WebP: 25; JPEG in CMYK: 40;
            HEIF: 19 to 50, depending on bit depth and chroma subsampling).
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
        DamagedImageError: the format is accepted but the content does not decode.
    """
    if not data:
        raise EmptyImageError
    if len(data) > MAX_BYTES:
        raise ImageFileTooLargeError(len(data), MAX_BYTES)
    image_format = sniff_format(data)
    if image_format is None:
        raise UnsupportedFormatError
    if image_format is Format.HEIF:
        pixels, width, height = decode_heif(data)
        return DecodedImage(Image.fromarray(pixels), width, height)
    parsed = _parse(image_format, data)
    check_size(parsed.width, parsed.height, parsed.max_pixels)
    try:
        return _decode_pixels(image_format, parsed)
    except _DECODER_ERRORS as error:
        raise DamagedImageError from error


def from_image(image: Image.Image) -> DecodedImage:
    """Take the pixels of an image of Pillow as `decode` takes those of a file.

    Raises:
        TooManyPixelsError: there are more than 50 megapixels.
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
        DamagedImageError: the pixels cannot be loaded.
    """
    check_size(*image.size)
    try:
        upright = ImageOps.exif_transpose(image)
        rgb = _convert(upright, upright.info.get("icc_profile"))
    except _DECODER_ERRORS as error:
        raise DamagedImageError from error
    rgb.info = {}  # a comment would get into drawings
    return DecodedImage(rgb, *upright.size)


def _parse(image_format: Format, data: bytes) -> ParsedFile:
    try:
        return _PARSERS[image_format](data)
    except (struct.error, IndexError) as error:  # the file ends too early
        raise DamagedImageError from error


def _decode_pixels(image_format: Format, parsed: ParsedFile) -> DecodedImage:
    # Image.open warns of decompression bombs only above the size that was just allowed.
    with Image.open(BytesIO(parsed.data), formats=(image_format,)) as image:
        size = image.size
        if size != (parsed.width, parsed.height):
            raise DamagedImageError
        _request_draft(image)
        image.load()
        if parsed.cut:
            _check_missing_rows(image)
        if parsed.transparent is not None:
            image.info["transparency"] = parsed.transparent
        rgb = _convert(image, parsed.profile or image.info.get("icc_profile"))
        exif = parsed.exif or image.info.get("exif", b"")
        xmp = parsed.xmp or image.info.get("xmp", b"")
        rgb, size = rotate_upright(rgb, size, read_orientation(exif, xmp))
        if rgb is image and image_format is not Format.JPEG:
            rgb = image.copy()  # Pillow's decoders of PNG and WebP keep the file, and more
        return DecodedImage(rgb, *size)


def _check_missing_rows(image: Image.Image) -> None:
    """Refuse a JPEG without its end if it lacks more than a few rows, whole or in part.

    Raises:
        DamagedImageError: more than `_MAX_MISSING` of the rows end in the grey of missing
            blocks.
    """
    # Rows are decoded from left to right: one that is cut ends in grey.
    ends = np.asarray(image)[:, -1].reshape(image.height, -1)
    (whole,) = np.nonzero((~np.isin(ends, _MISSING_GREYS)).any(axis=1))
    missing = image.height - 1 - int(whole.max(initial=-1))
    if missing > _MAX_MISSING * image.height:
        raise DamagedImageError


def _request_draft(image: Image.Image) -> None:
    """Ask for a smaller size, which only JPEG can deliver."""
    scale = _MIN_DRAFT_SIDE / max(image.size)
    if scale < 1:
        image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))


def _convert(image: Image.Image, profile: bytes | None) -> Image.Image:
    if (
        image.mode == "RGB"
        and not profile
        and not image.has_transparency_data
        and max(image.size) <= MAX_SIDE
    ):
        return image  # like nearly all photos from Telegram
    return convert_to_srgb(
        image.size, lambda top, bottom: image.crop((0, top, image.width, bottom)), profile
    )
