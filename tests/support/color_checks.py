"""What a decoded picture looks like: tests compare its four quarters with the colours drawn."""

import numpy as np

from model.images.decoding import DecodedImage
from tests.support.pictures import Color

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def corners(picture: DecodedImage) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, in reading order."""
    height, width, _ = picture.pixels.shape
    return [
        tuple(picture.pixels[y, x].tolist())
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def assert_quadrants(picture: DecodedImage, *expected: Color, tolerance: int = 12) -> None:
    """The four quarters have the expected colours; one colour stands for all four."""
    wanted = np.array(expected if len(expected) == 4 else expected * 4)
    assert picture.pixels.dtype == np.uint8
    assert np.abs(np.array(corners(picture)) - wanted).max() <= tolerance, corners(picture)
