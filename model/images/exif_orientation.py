"""Which side of a photo is up: the EXIF orientation, read and applied.

Only the one tag is read. Pillow's own reader parses the whole EXIF block, so a broken maker's note
would cost the orientation, and it reports with `warnings`, which are not safe between threads.
"""

import struct

from PIL import Image

_ORIENTATION_TAG = 0x0112
_SHORT = 3  # TIFF's name of the type of a 16-bit number
_BYTE_ORDERS = {b"II": "<", b"MM": ">"}

# EXIF 2.32, 4.6.4 A, "Orientation": what has to be done to see the picture upright.
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(exif: bytes) -> int:
    """Read the orientation from an EXIF block.

    Args:
        exif: a TIFF structure, with or without the prefix "Exif\\0\\0"; may be empty or broken.

    Returns:
        1 to 8; 1 (already upright) if there is none or it cannot be read.
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


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn and mirror a picture as its EXIF orientation (1 to 8) demands."""
    transposition = _TRANSPOSITIONS.get(orientation)
    return image if transposition is None else image.transpose(transposition)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """The width and height that a picture has once it is upright."""
    return (height, width) if orientation >= 5 else (width, height)
