"""Square face crops, upright and antialiased, and their PNG files."""

from io import BytesIO
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.errors import DamagedImageError
from model.faces.face import Face
from model.network.preprocessing import Preprocessing


def square_crop(
    image: Image.Image, centre: tuple[float, float], side: float, tilt: float, size: int
) -> Image.Image:
    """Cut a rotated square out of an image and scale it.

    Args:
        image: source image.
        centre: x, y of the centre of the square, in pixels.
        side: side of the square, in pixels of the source.
        tilt: rotation to undo, in degrees; positive is clockwise.
        size: side of the result, in pixels.

    Returns:
        (size, size) image; black where the square extends beyond the source.
    """
    x, y = centre
    # An affine transform samples single pixels; reducing first avoids aliasing.
    factor = max(1, int(side / size))
    if factor > 1:
        left, top, right, bottom = _surroundings(image, centre, side)
        if left >= right or top >= bottom:
            return Image.new(image.mode, (size, size))
        image = image.reduce(factor, box=(left, top, right, bottom))
        x, y = (x - left) / factor, (y - top) / factor
    return image.transform(
        (size, size),
        Image.Transform.AFFINE,
        _affine(x, y, side / factor / size, tilt, size / 2),
        Image.Resampling.BILINEAR,
    )


def _surroundings(
    image: Image.Image, centre: tuple[float, float], side: float
) -> tuple[int, int, int, int]:
    """Return a region that contains the square at any tilt, clipped to the image."""
    reach = side * 0.75
    return (
        max(0, int(centre[0] - reach)),
        max(0, int(centre[1] - reach)),
        min(image.width, int(centre[0] + reach) + 1),
        min(image.height, int(centre[1] + reach) + 1),
    )


def _affine(
    x: float, y: float, scale: float, tilt: float, half: float
) -> tuple[float, float, float, float, float, float]:
    """Return the map from pixels of the crop, of which `half` is the centre, to the image."""
    along, across = cos(radians(tilt)) * scale, sin(radians(tilt)) * scale
    return (
        along,
        -across,
        x - along * half + across * half,
        across,
        along,
        y - across * half - along * half,
    )


def face_crop(photo: Image.Image, face: Face, settings: Preprocessing) -> NDArray[np.uint8]:
    """Cut out a face as in the training data: upright, with a fixed margin.

    Args:
        photo: RGB.
        face: a face in the photo.
        settings: margin and input size. The crop has twice the input size, so that the last
            reduction is the same as for training crops.

    Returns:
        (2 * size, 2 * size, 3) RGB.
    """
    return _cut_out(photo, face, settings, 2 * settings.size)


def sharp_face_crop(
    photo: Image.Image, face: Face, settings: Preprocessing, max_side: int
) -> NDArray[np.uint8]:
    """Cut out the same square as `face_crop`, in the resolution of the photo.

    Args:
        photo: RGB.
        face: a face in the photo.
        settings: margin.
        max_side: larger squares are scaled down to this side, in pixels.

    Returns:
        (side, side, 3) RGB.
    """
    side = round(settings.margin * face.side)
    return _cut_out(photo, face, settings, min(max(side, 1), max_side))


def _cut_out(
    photo: Image.Image, face: Face, settings: Preprocessing, size: int
) -> NDArray[np.uint8]:
    tilt = radians(face.tilt)
    rise = settings.rise * face.side
    # Upwards along the tilted axis of the face.
    centre = (face.centre[0] + sin(tilt) * rise, face.centre[1] - cos(tilt) * rise)
    side = settings.margin * face.side
    return np.asarray(square_crop(photo, centre, side, face.tilt, size))


def encode_png(crop: NDArray[np.uint8]) -> bytes:
    """Encode a crop, (height, width, 3) RGB, as a PNG file."""
    stream = BytesIO()
    # A third of the default level's time, for files that are 5 % larger.
    Image.fromarray(crop).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def decode_png(data: bytes) -> NDArray[np.uint8]:
    """Decode a PNG file to (height, width, 3) RGB.

    Raises:
        DamagedImageError: the file does not decode.
    """
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise DamagedImageError from error


def enlarge_png(png: bytes, side: int) -> bytes:
    """Resize a PNG file to a square with this side, in pixels."""
    with Image.open(BytesIO(png)) as crop:
        large = crop.resize((side, side), Image.Resampling.BICUBIC)
    return encode_png(np.asarray(large))
