"""The EXIF orientation: read it and make the image upright.

Pillow's reader parses the whole EXIF block, so that a broken maker note would cost the orientation,
and it reports with `warnings`, which are not thread-safe. Only the one tag is read here.
"""

import struct

from PIL import Image

_ORIENTATION_TAG = 0x0112
_SHORT = 3  # TIFF's type number of 16-bit integers
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}

# EXIF 2.32, 4.6.4 A, "Orientation": how to make each orientation upright.
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_orientation(exif: bytes) -> int:
    """Read the orientation from an EXIF block.

    Args:
        exif: a TIFF structure, may begin with "Exif" and two null bytes, may be empty or broken.

    Returns:
        1 to 8; 1, which is upright, if there is none or it cannot be read.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order = _BYTE_ORDERS.get(tiff[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for index in range(entries):
            tag, kind, _, value = struct.unpack_from(
                order + "HHIH", tiff, directory + 2 + 12 * index
            )
            if tag == _ORIENTATION_TAG:
                return value if kind == _SHORT and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def rotate_upright(
    image: Image.Image, size: tuple[int, int], orientation: int
) -> tuple[Image.Image, tuple[int, int]]:
    """Rotate and mirror an image as its EXIF orientation says.

    Args:
        image: the image as stored, perhaps at a reduced scale.
        size: full width and height as stored, in pixels.
        orientation: 1 to 8.

    Returns:
        The upright image, and its full width and height.
    """
    transposition = _TRANSPOSITIONS.get(orientation)
    if transposition is None:
        return image, size
    return image.transpose(transposition), size[::-1] if orientation >= 5 else size
