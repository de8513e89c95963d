"""An image file taken apart without decoding it.

The parsers in `jpeg`, `png`, `gif` and `webp` read the structure of a file and drop what its pixels
do not need: comments, texts, thumbnails and further frames. What a hostile file hides there never
reaches a decoder. And the size is known before any decoder allocates memory.
"""

from dataclasses import dataclass

from model.images.validation import MAX_PIXELS


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """An image file reduced to its pixel data, with the metadata that decoding needs."""

    data: bytes
    width: int  # pixels, as stored: before any rotation
    height: int
    max_pixels: int = MAX_PIXELS  # less if the decoder needs much memory for each
    exif: bytes = b""
    xmp: bytes = b""
    profile: bytes | None = None  # ICC
    transparent: int | tuple[int, int, int] | None = None  # the one transparent color, 0 to 255
    cut: bool = False  # a JPEG without its end; decoders fill the missing rows with grey
