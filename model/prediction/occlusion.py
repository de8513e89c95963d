"""Why an answer: what each part of a face did to it.

Occlusion sensitivity (Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks,
section 4.2): cover a part of the face with a grey square, ask the network again, and see how the
answer moves; do so all over the face. It needs forward passes only, 65 of them.
"""

from io import BytesIO
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from model.network.preprocessing import Preprocessing, to_grey
from model.network.verdict import Verdict, confidence_of, likelier_mood, verdict_of
from model.prediction.results import Explanation

_CELLS = 8  # squares a side; each covers two cells, so that neighbours overlap by half
_SHOWN_SIDE = 384  # pixels of an overlay's longest side
_OPACITY = 0.65  # where a part weighs most
# Change of log-odds that is drawn at full strength at least; smaller ones are noise.
_MIN_PEAK = 0.1
# Okabe & Ito's palette (2008): told apart with any kind of colour vision.
_FOR, _AGAINST = (230, 159, 0), (0, 114, 178)


class CropClassifier(Protocol):
    """What is asked of a model to explain it; `model.prediction.predictor.Predictor` is one."""

    @property
    def version(self) -> str:
        """Name of the model."""
        ...

    @property
    def sure_threshold(self) -> float:
        """Least confidence that counts as sure, 0.5 to 1."""
        ...

    @property
    def preprocessing(self) -> Preprocessing:
        """How crops become the network's input."""
        ...

    def probability_happy(self, crop: NDArray[np.uint8]) -> float:
        """Judge one crop, (height, width, 3) RGB or (height, width) grey; 0 to 1."""
        ...


def explain_crop(classifier: CropClassifier, png: bytes) -> Explanation:
    """Judge a face that was cut out earlier, and draw what spoke for and against the answer.

    Args:
        classifier: the model to ask.
        png: the crop, as `model.faces.crops.encode_png` wrote it.

    Returns:
        The verdict of this model, which need not be the one that was given then, with the
        overlay as a JPEG.
    """
    with Image.open(BytesIO(png)) as opened:
        crop = np.asarray(opened.convert("RGB"))
    probability = classifier.probability_happy(crop)
    stream = BytesIO()
    overlay(crop, explain(classifier, crop), probability).save(stream, "JPEG", quality=90)
    return Explanation(
        verdict=verdict_of(probability, classifier.sure_threshold),
        confidence=confidence_of(probability),
        probability_happy=probability,
        model_version=classifier.version,
        picture=stream.getvalue(),
    )


def explain(classifier: CropClassifier, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Say how much each part of a face adds to its probability of happy.

    Args:
        classifier: the model to ask.
        crop: (height, width, 3) RGB or (height, width) grey, 0 to 255, as it is judged.

    Returns:
        (size, size) at the network's input size: by how much the probability of happy, 0 to 1,
        falls when the place is covered. Positive speaks for happy, negative for sad.
    """
    grey = to_grey(crop, classifier.preprocessing)
    size = len(grey)
    whole = classifier.probability_happy(grey)
    cell = size / _CELLS
    level = round(float(grey.mean()))
    change = np.zeros((_CELLS, _CELLS), np.float32)
    for row, column in np.ndindex(change.shape):
        top, left = (round((place - 0.5) * cell) for place in (row, column))
        bottom, right = (round((place + 1.5) * cell) for place in (row, column))
        covered = grey.copy()
        covered[max(0, top) : bottom, max(0, left) : right] = level
        change[row, column] = whole - classifier.probability_happy(covered)
    return np.asarray(Image.fromarray(change).resize((size, size), Image.Resampling.BILINEAR))


def overlay(
    picture: NDArray[np.uint8], heat: NDArray[np.float32], probability_happy: float
) -> Image.Image:
    """Draw over a face what spoke for the answer and what against it.

    Args:
        picture: (height, width, 3) RGB, as it was explained.
        heat: as `explain` gives it.
        probability_happy: of the picture, 0 to 1; says which answer was given.

    Returns:
        The picture in grey, its longest side 384 pixels; orange what spoke for the likelier
        mood, blue what spoke against it, the more the stronger.
    """
    image = Image.fromarray(picture).convert("L")
    scale = _SHOWN_SIDE / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    grey = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)[..., None]
    sign = 1 if likelier_mood(probability_happy) is Verdict.HAPPY else -1
    # Near 0 and 1 probabilities hardly move: there, smaller changes of them mean as much.
    least = max(1e-9, _MIN_PEAK * probability_happy * (1 - probability_happy))
    strength = heat * np.float32(sign / max(least, float(np.abs(heat).max())))
    smooth = np.asarray(Image.fromarray(strength).resize(size, Image.Resampling.BICUBIC))[..., None]
    color = np.where(smooth > 0, _FOR, _AGAINST)
    opacity = np.clip(np.abs(smooth), 0, 1) * _OPACITY
    mixed = grey * (1 - opacity) + color * opacity
    return Image.fromarray(mixed.round().astype(np.uint8))
