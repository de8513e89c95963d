"""The mood that a picture's brightness and colours suggest, for pictures without a face."""

import numpy as np
from numpy.typing import NDArray

# Pleasure = 0.69 brightness + 0.22 saturation: Valdez & Mehrabian 1994, "Effects of Color on
# Emotions"; of whole pictures: Machajdik & Hanbury 2010, "Affective Image Classification".
_BRIGHTNESS, _SATURATION = 0.69, 0.22
_MIDDLE = (_BRIGHTNESS + _SATURATION) / 2  # of the scale
# A hint, no proof: even black stays below 70 % sure, which never counts as sure.
_STEEPNESS = 1.8


def probability_by_color(pixels: NDArray[np.uint8]) -> float:
    """Judge a picture by nothing but its brightness and saturation.

    Args:
        pixels: (height, width, 3) RGB, 0 to 255.

    Returns:
        The probability of happy, between 0.3 and 0.7.
    """
    brightest = pixels.max(axis=2).astype(np.float64)
    chroma = brightest - pixels.min(axis=2)
    # Of HSV: value, and chroma as a share of it; black has no colour.
    saturation = np.divide(chroma, brightest, out=np.zeros_like(chroma), where=brightest > 0)
    pleasure = _BRIGHTNESS * brightest.mean() / 255 + _SATURATION * saturation.mean()
    return float(1 / (1 + np.exp(-_STEEPNESS * (pleasure - _MIDDLE))))
