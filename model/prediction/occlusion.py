"""Explain a verdict by how much each part of the face contributed to it.

Occlusion sensitivity (Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks,
section 4.2): cover a part of the face with a grey square, run the network again and see how the
probability changes, for squares all over the face. It takes a forward pass for each square and no
gradients.
"""

from io import BytesIO
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.faces.crops import decode_png
from model.network.preprocessing import Preprocessing, to_grey
from model.network.verdict import Verdict, confidence_of, likelier_mood, verdict_of
from model.prediction.results import Explanation

_CELLS = 8  # per side; each square covers two cells, so that neighbours overlap by half
_SHOWN_SIDE = 384  # pixels of the longest side of a drawn heat map
_MAX_OPACITY = 0.65
# Smallest change of log-odds that is drawn at full strength; anything below is noise.
_MIN_PEAK = 0.1
# Okabe & Ito's palette (2008), distinguishable with any kind of colour vision.
_FOR_COLOR, _AGAINST_COLOR = (230, 159, 0), (0, 114, 178)


class CropClassifier(Protocol):
    """The part of `model.prediction.predictor.Predictor` that explanations need."""

    @property
    def version(self) -> str:
        """Name of the model."""
        ...

    @property
    def sure_threshold(self) -> float:
        """Lowest confidence of a sure verdict, 0.5 to 1."""
        ...

    @property
    def preprocessing(self) -> Preprocessing:
        """Parameters of cutting and preprocessing faces."""
        ...

    def probability_happy(self, crop: NDArray[np.uint8]) -> float:
        """Classify a crop, (height, width, 3) RGB or (height, width) grey."""
        ...


def explain_crop(classifier: CropClassifier, png: bytes) -> Explanation:
    """Classify a stored face crop and draw what spoke for and against the verdict.

    Args:
        classifier: the model to explain.
        png: output of `model.faces.crops.encode_png`.

    Returns:
        The verdict of this model, which may differ from the one given when the crop was stored,
        with the heat map as a JPEG.
    """
    crop = decode_png(png)
    probability = classifier.probability_happy(crop)
    stream = BytesIO()
    heat_map = draw_heat_map(crop, occlusion_map(classifier, crop), probability)
    heat_map.save(stream, "JPEG", quality=90)
    return Explanation(
        verdict=verdict_of(probability, classifier.sure_threshold),
        confidence=confidence_of(probability),
        probability_happy=probability,
        model_version=classifier.version,
        heat_map=stream.getvalue(),
    )


def occlusion_map(classifier: CropClassifier, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Measure how much each part of a face adds to its probability of happy.

    Args:
        classifier: the model to explain.
        crop: (height, width, 3) RGB or (height, width) grey, 0 to 255.

    Returns:
        (size, size) at the network's input size: the decrease of the probability of happy when
        that part is covered. Positive values speak for happy, negative ones for sad.
    """
    grey = to_grey(crop, classifier.preprocessing)
    size = len(grey)
    uncovered = classifier.probability_happy(grey)
    cell = size / _CELLS
    level = round(float(grey.mean()))
    decrease = np.zeros((_CELLS, _CELLS), np.float32)
    for row, column in np.ndindex(decrease.shape):
        top, left = (round((index - 0.5) * cell) for index in (row, column))
        bottom, right = (round((index + 1.5) * cell) for index in (row, column))
        covered = grey.copy()
        covered[max(0, top) : bottom, max(0, left) : right] = level
        decrease[row, column] = uncovered - classifier.probability_happy(covered)
    return np.asarray(Image.fromarray(decrease).resize((size, size), Image.Resampling.BILINEAR))


def draw_heat_map(
    crop: NDArray[np.uint8], heat: NDArray[np.float32], probability_happy: float
) -> Image.Image:
    """Draw a map over a face: what spoke for the likelier mood in orange, against it in blue.

    Args:
        crop: (height, width, 3) RGB, as explained.
        heat: output of `occlusion_map`.
        probability_happy: probability of the crop, 0 to 1.

    Returns:
        The crop in grey under the map, its longest side 384 pixels.
    """
    image = Image.fromarray(crop).convert("L")
    scale = _SHOWN_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)[..., None]
    strength = Image.fromarray(_strength(heat, probability_happy))
    smooth = np.asarray(strength.resize(size, Image.Resampling.BICUBIC))[..., None]
    color = np.where(smooth > 0, _FOR_COLOR, _AGAINST_COLOR)
    opacity = np.clip(np.abs(smooth), 0, 1) * _MAX_OPACITY
    mixed = grey * (1 - opacity) + color * opacity
    return Image.fromarray(mixed.round().astype(np.uint8))


def _strength(heat: NDArray[np.float32], probability_happy: float) -> NDArray[np.float32]:
    """Scale to -1 (strongest against the likelier mood) to 1 (strongest for it)."""
    sign = 1 if likelier_mood(probability_happy) is Verdict.HAPPY else -1
    # Near 0 and 1, a small change of the probability is a large change of the log-odds.
    min_peak = max(1e-9, _MIN_PEAK * probability_happy * (1 - probability_happy))
    return heat * np.float32(sign / max(min_peak, float(np.abs(heat).max())))
