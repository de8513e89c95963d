"""The orientation of a camera, in EXIF or else in XMP: read it and make the image upright.

Pillow's reader parses the whole EXIF block, so that a broken maker note would cost the orientation,
and it reports with `warnings`, which are not thread-safe. Only the one tag is read here.
"""

import re
import struct

from PIL import Image

_ORIENTATION_TAG = 0x0112
# TIFF's type numbers of integers. The standard wants 16 bits; some phones write 32.
_VALUE_FORMATS = {3: "H", 4: "I"}
# XMP specification, part 2: the property has the values of the EXIF tag.
_XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:\s*=\s*[\"']|>)\s*([1-8])\s*[\"'<]")
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


def read_orientation(exif: bytes, xmp: bytes = b"") -> int:
    """Read the orientation from an EXIF block, or from an XMP packet where EXIF has none.

    Args:
        exif: a TIFF structure, may begin with "Exif" and two null bytes, may be empty or broken.
        xmp: an XMP packet, may be empty or broken.

    Returns:
        1 to 8; 1, which is upright, if there is none or it cannot be read.
    """
    return _from_exif(exif) or _from_xmp(xmp) or 1


def _from_exif(exif: bytes) -> int | None:
    tiff = exif.removeprefix(b"Exif\0\0")
    order = _BYTE_ORDERS.get(tiff[:2])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for index in range(entries):
            entry = directory + 2 + 12 * index
            tag, kind = struct.unpack_from(order + "HH", tiff, entry)
            if tag == _ORIENTATION_TAG and kind in _VALUE_FORMATS:
                (value,) = struct.unpack_from(order + _VALUE_FORMATS[kind], tiff, entry + 8)
                return value if 1 <= value <= 8 else None
    except struct.error:
        pass
    return None


def _from_xmp(xmp: bytes) -> int | None:
    found = _XMP_ORIENTATION.search(xmp)
    return int(found[1]) if found else None


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
