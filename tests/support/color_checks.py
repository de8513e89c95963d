"""Compare the four quadrants of a decoded image with the colours that were drawn."""

import numpy as np

from model.images.decoding import DecodedImage
from tests.support.pictures import Color

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def quadrant_colors(image: DecodedImage) -> list[tuple[int, ...]]:
    """Return the colours at the centres of the four quadrants, in reading order."""
    height, width, _ = image.pixels.shape
    return [
        tuple(image.pixels[y, x].tolist())
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def assert_quadrant_colors(image: DecodedImage, *expected: Color, tolerance: int = 12) -> None:
    """Check the colours of the four quadrants; a single expected colour applies to all."""
    wanted = np.array(expected if len(expected) == 4 else expected * 4)
    colors = quadrant_colors(image)
    assert image.pixels.dtype == np.uint8
    assert np.abs(np.array(colors) - wanted).max() <= tolerance, colors
