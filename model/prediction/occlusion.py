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
from model.network.verdict import MoodProbabilities, Verdict, confidence_of, likelier_mood
from model.prediction.results import Explanation

# Per side; each square covers three by three cells. The network was trained on partly covered
# faces and hardly notices smaller squares.
_CELLS = 8
_MIN_SIDE, _MAX_SIDE = 512, 1024  # pixels of the longest side of a drawn heat map
_MAX_OPACITY = 0.65
_VISIBLE = 0.15  # share of the full strength from which a colour can be told from grey
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
    def preprocessing(self) -> Preprocessing:
        """Parameters of cutting and preprocessing faces."""
        ...

    def probability_happy(self, crop: NDArray[np.uint8]) -> float:
        """Return the probability of happy of a crop."""
        ...

    def probabilities(self, crop: NDArray[np.uint8]) -> MoodProbabilities:
        """Classify a crop, (height, width, 3) RGB or (height, width) grey."""
        ...

    def verdict(self, probabilities: MoodProbabilities) -> Verdict:
        """Return the verdict that this model's thresholds give."""
        ...


def explain_crop(
    classifier: CropClassifier, png: bytes, shown: NDArray[np.uint8] | None = None
) -> Explanation:
    """Classify a stored face crop and draw what spoke for and against the verdict.

    Args:
        classifier: the model to explain.
        png: output of `model.faces.crops.encode_png`.
        shown: the same square of the photo, (height, width, 3) RGB, to draw on; None for the crop.

    Returns:
        The verdict of this model, which may differ from the one given when the crop was stored,
        with the heat map as a JPEG. It shows what speaks for happy or sad, whichever is likelier,
        for a neutral face as well.
    """
    crop = decode_png(png)
    probabilities = classifier.probabilities(crop)
    strength = visible_strength(occlusion_map(classifier, crop), probabilities.happy)
    stream = BytesIO()
    heat_map = draw_heat_map(crop if shown is None else shown, strength)
    heat_map.save(stream, "JPEG", quality=92)
    return Explanation(
        verdict=classifier.verdict(probabilities),
        confidence=confidence_of(probabilities.happy),
        probability_happy=probabilities.happy,
        model_version=classifier.version,
        has_orange=bool(strength.max() > 0),
        has_blue=bool(strength.min() < 0),
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
        top, left = (round((index - 1) * cell) for index in (row, column))
        bottom, right = (round((index + 2) * cell) for index in (row, column))
        covered = grey.copy()
        covered[max(0, top) : bottom, max(0, left) : right] = level
        decrease[row, column] = uncovered - classifier.probability_happy(covered)
    return np.asarray(Image.fromarray(decrease).resize((size, size), Image.Resampling.BILINEAR))


def visible_strength(heat: NDArray[np.float32], probability_happy: float) -> NDArray[np.float32]:
    """Scale a map for drawing.

    Args:
        heat: output of `occlusion_map`.
        probability_happy: probability of the crop, 0 to 1.

    Returns:
        The map from -1 (strongest against the likelier mood) to 1 (strongest for it). A side that
        could not be seen anywhere is 0 everywhere.
    """
    sign = 1 if likelier_mood(probability_happy) is Verdict.HAPPY else -1
    # Near 0 and 1, a small change of the probability is a large change of the log-odds.
    min_peak = max(1e-9, _MIN_PEAK * probability_happy * (1 - probability_happy))
    strength = heat * np.float32(sign / max(min_peak, float(np.abs(heat).max())))
    highest = 1.0 if strength.max() >= _VISIBLE else 0.0
    lowest = -1.0 if strength.min() <= -_VISIBLE else 0.0
    return np.asarray(np.clip(strength, lowest, highest), np.float32)


def draw_heat_map(crop: NDArray[np.uint8], strength: NDArray[np.float32]) -> Image.Image:
    """Draw a map over a face: what spoke for the likelier mood in orange, against it in blue.

    Args:
        crop: (height, width, 3) RGB, the face.
        strength: output of `visible_strength`.

    Returns:
        The crop in grey under the map, its longest side 512 to 1024 pixels.
    """
    image = Image.fromarray(crop).convert("L")
    scale = min(max(max(image.size), _MIN_SIDE), _MAX_SIDE) / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float32)[..., None]
    smooth = np.asarray(Image.fromarray(strength).resize(size, Image.Resampling.BICUBIC))
    # The filter overshoots: at the edge of an orange part, it would make a blue rim.
    smooth = np.clip(smooth, strength.min(), strength.max())[..., None]
    color = np.where(smooth > 0, _FOR_COLOR, _AGAINST_COLOR)
    opacity = np.clip(np.abs(smooth), 0, 1) * _MAX_OPACITY
    mixed = grey * (1 - opacity) + color * opacity
    return Image.fromarray(mixed.round().astype(np.uint8))
