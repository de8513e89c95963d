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
from model.images.formats import Container, Format, format_of
from model.images.gif import read_gif
from model.images.heif import decode_heif
from model.images.jpeg import read_jpeg
from model.images.limits import LONGEST_SIDE as LONGEST_SIDE
from model.images.limits import MAX_BYTES as MAX_BYTES
from model.images.limits import MAX_PIXELS as MAX_PIXELS
from model.images.limits import MIN_SIDE as MIN_SIDE
from model.images.limits import check_size
from model.images.png import read_png
from model.images.webp import read_webp

_READERS = {
    Format.JPEG: read_jpeg,
    Format.PNG: read_png,
    Format.GIF: read_gif,
    Format.WEBP: read_webp,
}

# Pillow takes 16 bytes a pixel for a WebP file, as it treats each as an animation.
_MAX_PIXELS_OF = {Format.WEBP: 25_000_000}

# A JPEG decodes at 1/2, 1/4 or 1/8 of its size many times faster than at its full size. It may
# come out as short as this, so that 4032 pixels become 2016 at once and not 2048 by resampling.
_SHORTEST_DRAFT = 1920

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
class Picture:
    """A decoded photo."""

    # (height, width, 3), RGB, upright, the longest side at most `LONGEST_SIDE`.
    pixels: NDArray[np.uint8] = field(repr=False, compare=False)
    width: int  # of the upright photo as sent, in pixels
    height: int


def decode(data: bytes) -> Picture:
    """Decode a JPEG, PNG, WebP, HEIC/HEIF or GIF (first frame) file.

    Rotation and mirroring by EXIF are applied, transparent parts laid on white, colours converted
    to sRGB. May be called from several threads at once.

    Args:
        data: the whole file; at most `MAX_BYTES` of it and `MAX_PIXELS` in it are taken.

    Returns:
        The picture, scaled down if its longest side exceeds `LONGEST_SIDE`.

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
    image_format = format_of(data)
    if image_format is None:
        raise UnsupportedFormatError
    if image_format is Format.HEIF:
        return Picture(*decode_heif(data))
    container = _container(image_format, data)
    check_size(container.width, container.height, _MAX_PIXELS_OF.get(image_format, MAX_PIXELS))
    try:
        return _decoded(image_format, container)
    except _DECODER_ERRORS as error:
        raise DamagedImageError from error


def _container(image_format: Format, data: bytes) -> Container:
    try:
        return _READERS[image_format](data)
    except (struct.error, IndexError) as error:  # it ends too early
        raise DamagedImageError from error


def _decoded(image_format: Format, container: Container) -> Picture:
    # Image.open warns of decompression bombs only above the size that was just allowed.
    with Image.open(BytesIO(container.data), formats=(image_format,)) as image:
        if image.size != (container.width, container.height):
            raise DamagedImageError
        scale = _SHORTEST_DRAFT / max(image.size)
        if scale < 1:  # for JPEG only, nothing happens elsewhere
            image.draft(None, (_scaled(image.width, scale), _scaled(image.height, scale)))
        image.load()
        if container.transparent is not None:
            image.info["transparency"] = container.transparent
        profile = container.profile or image.info.get("icc_profile")
        orientation = orientation_of(container.exif or image.info.get("exif", b""))
        rgb = reduced_rgb(
            image.size, lambda top, end: image.crop((0, top, image.width, end)), profile
        )
    pixels = np.array(upright(rgb, orientation))
    return Picture(pixels, *upright_size(container.width, container.height, orientation))


def _scaled(side: int, scale: float) -> int:
    return max(1, int(side * scale))
