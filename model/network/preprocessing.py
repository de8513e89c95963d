"""From a face crop to the network's input: the one definition that training and serving share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """The parameters of `preprocess`, stored in a model's manifest.

    Args:
        size: side of the square input, in pixels.
        deviation_floor: least standard deviation divided by, in grey levels (0 to 255), so
            that a nearly uniform crop does not become amplified noise.
        margin: side of the square cut around a face, as a multiple of its box.
        rise: how far the square's middle lies above the box's, as a share of the box.

    The defaults of `margin` and `rise` are the medians over 450 training faces that the
    detector found in FER2013's crops, so that faces in photos are cut as those were.
    """

    size: int = 48
    deviation_floor: float = 8.0
    margin: float = 1.22
    rise: float = 0.078


def preprocess(crop: NDArray[np.uint8], settings: Preprocessing) -> NDArray[np.float32]:
    """Turn one square crop into the network's input.

    Args:
        crop: (side, side, 3) RGB or (side, side) grey, 0 to 255.
        settings: input size and normalisation.

    Returns:
        (size, size, 1), zero mean and about unit variance, so that exposure and contrast do
        not matter.
    """
    batch = to_grey(crop, settings).astype(np.float32)[None, :, :, None]
    return np.asarray(standardise(batch, settings)[0])


def to_grey(crop: NDArray[np.uint8], settings: Preprocessing) -> NDArray[np.uint8]:
    """Grey levels by ITU-R BT.601 luma (Pillow's "L"), at the input's size, antialiased.

    Args:
        crop: (side, side, 3) RGB or (side, side) grey, 0 to 255.
        settings: says the size.

    Returns:
        (size, size), 0 to 255.
    """
    grey = Image.fromarray(crop).convert("L")
    if grey.size != (settings.size, settings.size):
        grey = grey.resize((settings.size, settings.size), Image.Resampling.BILINEAR)
    return np.asarray(grey)


def standardise(greys: NDArray[np.float32], settings: Preprocessing) -> NDArray[np.float32]:
    """Give each picture of a batch zero mean and unit variance.

    Args:
        greys: (batch, size, size, 1), 0 to 255.
        settings: says the least deviation divided by.

    Returns:
        An array of the same shape.
    """
    mean = greys.mean(axis=(1, 2, 3), keepdims=True)
    deviation = np.maximum(greys.std(axis=(1, 2, 3), keepdims=True), settings.deviation_floor)
    return np.asarray((greys - mean) / deviation, np.float32)
