"""Square crops of faces: upright, antialiased, of one fixed geometry."""

from io import BytesIO
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.errors import DamagedImageError
from model.faces.face import Face
from model.network.preprocessing import Preprocessing


def square_crop(
    picture: Image.Image, centre: tuple[float, float], side: float, tilt: float, size: int
) -> Image.Image:
    """Cut a rotated square out of a picture and scale it.

    Args:
        picture: to cut from.
        centre: x, y of the square's middle, in pixels.
        side: of the square, in pixels of the picture.
        tilt: rotation to undo, in degrees; positive is clockwise.
        size: side of the result, in pixels.

    Returns:
        (size, size) picture; what lies outside the original is black.
    """
    # An affine transform samples single pixels: reduce first, so that nothing aliases.
    factor = max(1, int(side / size))
    left, top = 0, 0
    if factor > 1:
        reach = side * 0.75  # holds the square at any tilt
        left = max(0, int(centre[0] - reach))
        top = max(0, int(centre[1] - reach))
        right = min(picture.width, int(centre[0] + reach) + 1)
        bottom = min(picture.height, int(centre[1] + reach) + 1)
        if left >= right or top >= bottom:
            return Image.new(picture.mode, (size, size))
        picture = picture.reduce(factor, box=(left, top, right, bottom))
    x, y = (centre[0] - left) / factor, (centre[1] - top) / factor
    scale = side / factor / size
    along, across = cos(radians(tilt)) * scale, sin(radians(tilt)) * scale
    half = size / 2
    return picture.transform(
        (size, size),
        Image.Transform.AFFINE,
        (
            along,
            -across,
            x - along * half + across * half,
            across,
            along,
            y - across * half - along * half,
        ),
        Image.Resampling.BILINEAR,
    )


def face_crop(picture: Image.Image, face: Face, settings: Preprocessing) -> NDArray[np.uint8]:
    """Cut out a face as the network was trained to see it: upright, with a fixed margin.

    Args:
        picture: RGB.
        face: where it is.
        settings: say the margin and the size; the crop has twice the network's size, so that
            the last reduction is the one that training's crops went through.

    Returns:
        (2 * size, 2 * size, 3) RGB.
    """
    tilt = radians(face.tilt)
    rise = settings.rise * face.side
    # "Above" is along the face's own axis.
    centre = (face.centre[0] + sin(tilt) * rise, face.centre[1] - cos(tilt) * rise)
    side = settings.margin * face.side
    return np.asarray(square_crop(picture, centre, side, face.tilt, 2 * settings.size))


def encode_png(crop: NDArray[np.uint8]) -> bytes:
    """A crop as a PNG file, in which not a pixel is lost.

    Args:
        crop: (height, width, 3) RGB.
    """
    stream = BytesIO()
    Image.fromarray(crop).save(stream, "PNG")
    return stream.getvalue()


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """A crop that `encode_png` packed.

    Args:
        data: a PNG file.

    Returns:
        (height, width, 3) RGB.

    Raises:
        DamagedImageError: it does not decode.
    """
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise DamagedImageError from error


def enlarge_png(png: bytes, side: int) -> bytes:
    """A stored crop, large enough to be looked at on a phone.

    Args:
        png: a picture file.
        side: of the result, in pixels.

    Returns:
        A PNG file, square.
    """
    with Image.open(BytesIO(png)) as crop:
        large = crop.resize((side, side), Image.Resampling.BICUBIC)
    return encode_png(np.asarray(large))
