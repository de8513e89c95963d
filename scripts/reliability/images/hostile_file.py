"""What is known of a hostile image file before it is made."""

from collections.abc import Callable
from dataclasses import dataclass

DECODED, DAMAGED = "decoded", "DamagedImageError"
TOO_SMALL, TOO_MANY = "ImageTooSmallError", "TooManyPixelsError"
UNSUPPORTED = "UnsupportedFormatError"


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file, and what becomes of it."""

    name: str
    make: Callable[[], bytes]
    outcome: str = DECODED  # or the name of an `ImageError`
    slow: bool = False  # to make or to decode
