"""Corruptions of face crops, to measure how robust a model is against them.

They stand for what phones send (cf. Hendrycks & Dietterich 2019, ImageNet-C), but are not the same
as photos that were taken in the dark or out of focus.
"""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

Crop = NDArray[np.uint8]  # (height, width, 3) RGB

UNCHANGED = "unchanged"


def _unchanged(crop: Crop) -> Crop:
    return crop


def _dark(crop: Crop) -> Crop:
    """Keep a tenth of the light: about 25 grey levels are left."""
    return _levels(crop * 0.1)


def _bright(crop: Crop) -> Crop:
    """Double the light: what was lighter than medium grey becomes white."""
    return _levels(crop * 2.0)


def _blurred(crop: Crop) -> Crop:
    """Blur with a Gaussian whose standard deviation is a thirtieth of the longer side."""
    return np.asarray(
        Image.fromarray(crop).filter(ImageFilter.GaussianBlur(max(_sides(crop)) / 30))
    )


def _jpeg_10(crop: Crop) -> Crop:
    stream = BytesIO()
    Image.fromarray(crop).save(stream, "JPEG", quality=10)
    return np.asarray(Image.open(stream).convert("RGB"))


def _half_size(crop: Crop) -> Crop:
    height, width = _sides(crop)
    small = Image.fromarray(crop).resize(
        (max(1, width // 2), max(1, height // 2)), Image.Resampling.BOX
    )
    return np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))


def _noisy(crop: Crop) -> Crop:
    """Add grey noise with a standard deviation of 20 of the 255 grey levels."""
    rng = np.random.default_rng(int(crop.sum()))  # differs by crop, and is the same each time
    return _levels(crop + rng.normal(0, 20, (*_sides(crop), 1)))


def _tilted(degrees: float) -> Callable[[Crop], Crop]:
    def tilted(crop: Crop) -> Crop:
        turned = _padded(crop, 0.5).rotate(degrees, Image.Resampling.BICUBIC)
        return _middle(turned, crop)

    return tilted


def _looser(crop: Crop) -> Crop:
    """Show a quarter more of the surroundings, which repeat the edge here."""
    height, width = _sides(crop)
    return np.asarray(_padded(crop, 0.125).resize((width, height), Image.Resampling.BICUBIC))


def _tighter(crop: Crop) -> Crop:
    """Keep the middle 80 % of each side."""
    height, width = _sides(crop)
    box = (0.1 * width, 0.1 * height, 0.9 * width, 0.9 * height)
    return np.asarray(
        Image.fromarray(crop).resize((width, height), Image.Resampling.BICUBIC, box=box)
    )


def _lower_covered(crop: Crop) -> Crop:
    """Cover the lower third, as a scarf or a mask does."""
    return _covered(crop, slice(_sides(crop)[0] * 2 // 3, None))


def _upper_covered(crop: Crop) -> Crop:
    """Cover the upper third, as a hat or large glasses do."""
    return _covered(crop, slice(0, _sides(crop)[0] // 3))


def _side_covered(crop: Crop) -> Crop:
    """Cover the left third, as a hand or another head does."""
    return _covered(crop, slice(None), slice(0, _sides(crop)[1] // 3))


def _shaded(crop: Crop) -> Crop:
    """Leave a quarter of the light on the right side, as a window on the left does."""
    across = np.linspace(-1, 1, _sides(crop)[1])
    light = 1 - 0.75 / (1 + np.exp(-5 * across))
    return _levels(crop * light[None, :, None])


def _equalized(crop: Crop) -> Crop:
    """Equalize the histogram of the grey levels."""
    return np.asarray(ImageOps.equalize(Image.fromarray(crop).convert("L")).convert("RGB"))


CORRUPTIONS: dict[str, Callable[[Crop], Crop]] = {
    UNCHANGED: _unchanged,
    "dark": _dark,
    "bright": _bright,
    "blurred": _blurred,
    "jpeg_10": _jpeg_10,
    "half_size": _half_size,
    "noisy": _noisy,
    "tilted_15": _tilted(15),
    "tilted_30": _tilted(30),
    "looser": _looser,
    "tighter": _tighter,
    "lower_covered": _lower_covered,
    "upper_covered": _upper_covered,
    "side_covered": _side_covered,
    "shaded": _shaded,
    "equalized": _equalized,
}


def _sides(crop: Crop) -> tuple[int, int]:
    return crop.shape[0], crop.shape[1]


def _levels(values: NDArray[np.floating]) -> Crop:
    return values.round().clip(0, 255).astype(np.uint8)


def _padded(crop: Crop, share: float) -> Image.Image:
    """Add a border that repeats the edge, as wide as a share of the side."""
    rows, columns = (round(side * share) for side in _sides(crop))
    return Image.fromarray(np.pad(crop, ((rows, rows), (columns, columns), (0, 0)), "edge"))


def _middle(picture: Image.Image, crop: Crop) -> Crop:
    height, width = _sides(crop)
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return np.asarray(picture.crop((left, top, left + width, top + height)))


def _covered(crop: Crop, rows: slice, columns: slice = slice(None)) -> Crop:
    covered = crop.copy()
    covered[rows, columns] = round(float(crop.mean()))
    return covered
