"""How large a picture may be, and how large it is kept."""

from model.errors import ImageTooSmallError, TooManyPixelsError

MAX_BYTES = 20 * 1024 * 1024  # Telegram hands out files up to 20 MB, counted in binary
MAX_PIXELS = 50_000_000  # a 48-megapixel phone camera fits
MIN_SIDE = 16  # pixels; nothing smaller shows a face
LONGEST_SIDE = 2048  # pixels of the longest side after decoding; larger pictures are reduced


def check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a picture by the size that its header declares, before any of it is decoded.

    Args:
        width: declared width, in pixels.
        height: declared height, in pixels.
        max_pixels: largest number of pixels allowed.

    Raises:
        TooManyPixelsError: there are more pixels than allowed.
        ImageTooSmallError: a side is shorter than `MIN_SIDE`.
    """
    if width * height > max_pixels:
        raise TooManyPixelsError(width, height, max_pixels)
    if min(width, height) < MIN_SIDE:
        raise ImageTooSmallError(width, height, MIN_SIDE)
