"""From a face crop to the network's input, the same for training and serving."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The parameters of `preprocess`, stored in a model's manifest.

    The defaults of `margin` and `rise` are the medians over 450 faces that the detector found in
    FER2013's crops, so that faces in photos are cut like the training data.

    Attributes:
        size: side of the square input, in pixels.
        deviation_floor: lowest standard deviation to divide by, in grey levels (0 to 255), so
            that noise in a nearly uniform crop is not amplified.
        margin: side of the square cut around a face, as a multiple of its box.
        rise: distance of the square's centre above the centre of the box, as a share of the box.
    """

    size: int = 48
    deviation_floor: float = 8.0
    margin: float = 1.22
    rise: float = 0.078


def preprocess(crop: NDArray[np.uint8], settings: Preprocessing) -> NDArray[np.float32]:
    """Convert a square crop to the network's input.

    Args:
        crop: (side, side, 3) RGB or (side, side) grey, 0 to 255.
        settings: input size and normalization.

    Returns:
        (size, size, 1) with zero mean and about unit variance, so that exposure and contrast do
        not matter.
    """
    batch = to_grey(crop, settings).astype(np.float32)[None, :, :, None]
    return np.asarray(standardize(batch, settings)[0])


def to_grey(crop: NDArray[np.uint8], settings: Preprocessing) -> NDArray[np.uint8]:
    """Convert a crop to grey (ITU-R BT.601 luma) at the input size, antialiased.

    Args:
        crop: (side, side, 3) RGB or (side, side) grey, 0 to 255.
        settings: input size.

    Returns:
        (size, size), 0 to 255.
    """
    grey = Image.fromarray(crop).convert("L")
    if grey.size != (settings.size, settings.size):
        grey = grey.resize((settings.size, settings.size), Image.Resampling.BILINEAR)
    return np.asarray(grey)


def standardize(greys: NDArray[np.float32], settings: Preprocessing) -> NDArray[np.float32]:
    """Give each image of a batch zero mean and unit variance.

    Args:
        greys: (batch, size, size, 1), 0 to 255.
        settings: lowest standard deviation to divide by.

    Returns:
        (batch, size, size, 1).
    """
    mean = greys.mean(axis=(1, 2, 3), keepdims=True)
    deviation = np.maximum(greys.std(axis=(1, 2, 3), keepdims=True), settings.deviation_floor)
    return np.asarray((greys - mean) / deviation, np.float32)
