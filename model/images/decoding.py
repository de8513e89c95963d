"""A picture file to upright RGB pixels, whatever it is and whoever made it.

Nothing here trusts the file: its format is told by its content and must be on the list, sizes are
checked before anything is decoded, and decoding takes bounded time and memory (below 500 MB for
any file of 20 MB, tested by fuzzing).
"""

import struct
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    Image,
    WebPImagePlugin,  # noqa: F401 - Pillow would search all its plugins for it
)

from model.errors import (
    DamagedImageError,
    EmptyImageError,
    ImageFileTooLargeError,
    UnsupportedFormatError,
)
from model.images.color_profiles import reduced_rgb
from model.images.exif_orientation import orientation_of, upright, upright_size
from model.images.gif import parse_gif
from model.images.heif import decode_heif
from model.images.jpeg import parse_jpeg
from model.images.parsed_file import ParsedFile
from model.images.png import parse_png
from model.images.validation import MAX_BYTES, MAX_PIXELS, Format, check_size, sniff_format
from model.images.webp import parse_webp

_PARSERS = {
    Format.JPEG: parse_jpeg,
    Format.PNG: parse_png,
    Format.GIF: parse_gif,
    Format.WEBP: parse_webp,
}

# Pillow takes 16 bytes a pixel for a WebP file, as it treats each as an animation.
_MAX_PIXELS_OF = {Format.WEBP: 25_000_000}

# A JPEG decodes at 1/2, 1/4 or 1/8 of its size many times faster than at its full size. It may
# come out as short as this, so that 4032 pixels become 2016 at once and not 2048 by resampling.
_MIN_DRAFT_SIDE = 1920

# All that Pillow's decoders are known to raise for broken files.
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
    """A decoded photo."""

    # (height, width, 3), RGB, upright, the longest side at most `MAX_SIDE`.
    pixels: NDArray[np.uint8] = field(repr=False, compare=False)
    width: int  # of the upright photo as sent, in pixels
    height: int


def decode(data: bytes) -> DecodedImage:
    """Decode a JPEG, PNG, WebP, HEIC/HEIF or GIF (first frame) file.

    Rotation and mirroring by EXIF are applied, transparent parts laid on white, colours converted
    to sRGB. May be called from several threads at once.

    Args:
        data: the whole file; at most `MAX_BYTES` of it and `MAX_PIXELS` in it are taken.

    Returns:
        The picture, scaled down if its longest side exceeds `MAX_SIDE`.

    Raises:
        EmptyImageError: there are no bytes.
        ImageFileTooLargeError: there are more than `MAX_BYTES`.
        UnsupportedFormatError: the content is none of the formats above.
        TooManyPixelsError: the header declares more than `MAX_PIXELS` (25 megapixels for WebP,
            19 to 50 for HEIF, by its bit depth and chroma subsampling).
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
        DamagedImageError: the format is right but the content does not decode.
    """
    if not data:
        raise EmptyImageError
    if len(data) > MAX_BYTES:
        raise ImageFileTooLargeError(len(data), MAX_BYTES)
    image_format = sniff_format(data)
    if image_format is None:
        raise UnsupportedFormatError
    if image_format is Format.HEIF:
        return DecodedImage(*decode_heif(data))
    parsed = _parse(image_format, data)
    check_size(parsed.width, parsed.height, _MAX_PIXELS_OF.get(image_format, MAX_PIXELS))
    try:
        return _decoded(image_format, parsed)
    except _DECODER_ERRORS as error:
        raise DamagedImageError from error


def _parse(image_format: Format, data: bytes) -> ParsedFile:
    try:
        return _PARSERS[image_format](data)
    except (struct.error, IndexError) as error:  # it ends too early
        raise DamagedImageError from error


def _decoded(image_format: Format, parsed: ParsedFile) -> DecodedImage:
    # Image.open warns of decompression bombs only above the size that was just allowed.
    with Image.open(BytesIO(parsed.data), formats=(image_format,)) as image:
        if image.size != (parsed.width, parsed.height):
            raise DamagedImageError
        scale = _MIN_DRAFT_SIDE / max(image.size)
        if scale < 1:  # for JPEG only, nothing happens elsewhere
            image.draft(None, (_scaled(image.width, scale), _scaled(image.height, scale)))
        image.load()
        if parsed.transparent is not None:
            image.info["transparency"] = parsed.transparent
        profile = parsed.profile or image.info.get("icc_profile")
        orientation = orientation_of(parsed.exif or image.info.get("exif", b""))
        rgb = reduced_rgb(
            image.size, lambda top, end: image.crop((0, top, image.width, end)), profile
        )
    pixels = np.array(upright(rgb, orientation))
    return DecodedImage(pixels, *upright_size(parsed.width, parsed.height, orientation))


def _scaled(side: int, scale: float) -> int:
    return max(1, int(side * scale))
