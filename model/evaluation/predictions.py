"""A model's answers to labelled pictures, and what they add up to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.data.image_folder import MOODS, LabeledImage
from model.errors import DatasetError, ImageError
from model.evaluation.corruptions import CORRUPTIONS
from model.evaluation.metrics import Interval, bootstrap_metrics, bootstrap_share
from model.images.decoding import decode
from model.network.verdict import Verdict, verdict_of
from model.prediction.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Prediction:
    """A labelled picture and the model's answer.

    Args:
        file: the picture's.
        label: what it shows.
        probability_happy: the model's answer, 0 to 1.
        face_found: false if the picture was predictions as a whole; None if it is a face crop.
    """

    file: Path
    label: str
    probability_happy: float
    face_found: bool | None = None


Answer = TypeVar("Answer")
Unreadable = Callable[[Path, str], None]  # called with a file and the reason


def predict_photos(
    predictor: Predictor, pictures: Iterable[LabeledImage], unreadable: Unreadable
) -> list[Prediction]:
    """Find and judge the faces of whole photos, as the bot does.

    Args:
        predictor: the model.
        pictures: the photos.
        unreadable: told of each file that is no picture that can be used.

    Returns:
        The answers, in the same order, without the unreadable files.
    """

    def judge(data: bytes) -> tuple[float, bool]:
        photo = predictor.predict(data)
        return photo.probability_happy, not photo.whole_picture

    return [
        Prediction(picture.file, picture.label, probability, face_found)
        for picture, (probability, face_found) in _answers(judge, pictures, unreadable)
    ]


def predict_crops(
    predictor: Predictor, pictures: Iterable[LabeledImage], unreadable: Unreadable
) -> list[Prediction]:
    """Judge pictures that are face crops already.

    Args:
        predictor: the model.
        pictures: the face crops.
        unreadable: told of each file that is no picture that can be used.

    Returns:
        The answers, in the same order, without the unreadable files.
    """

    def judge(data: bytes) -> float:
        return predictor.probability_happy(decode(data).pixels)

    return [
        Prediction(picture.file, picture.label, probability)
        for picture, probability in _answers(judge, pictures, unreadable)
    ]


def predict_corrupted_crops(
    predictor: Predictor, pictures: Iterable[LabeledImage], unreadable: Unreadable
) -> dict[str, list[Prediction]]:
    """Judge face crops as they are and under each of the made conditions.

    Args:
        predictor: the model.
        pictures: the face crops.
        unreadable: told of each file that is no picture that can be used.

    Returns:
        For each name in `CORRUPTIONS` the answers, in the same order, without unreadable files.
    """
    predictions: dict[str, list[Prediction]] = {name: [] for name in CORRUPTIONS}

    def judge(data: bytes) -> list[float]:
        crop = decode(data).pixels
        return [predictor.probability_happy(change(crop)) for change in CORRUPTIONS.values()]

    for picture, probabilities in _answers(judge, pictures, unreadable):
        for name, probability in zip(CORRUPTIONS, probabilities, strict=True):
            predictions[name].append(Prediction(picture.file, picture.label, probability))
    return predictions


def _answers(
    judge: Callable[[bytes], Answer], pictures: Iterable[LabeledImage], unreadable: Unreadable
) -> Iterator[tuple[LabeledImage, Answer]]:
    """Each picture that can be read, and what `judge` makes of its bytes."""
    for picture in pictures:
        try:
            yield picture, judge(picture.file.read_bytes())
        except ImageError as error:
            unreadable(picture.file, str(error))
        except OSError as error:
            unreadable(picture.file, error.strerror or str(error))


def summarize(predictions: Sequence[Prediction], threshold: float) -> dict[str, Interval]:
    """Measure the answers.

    Args:
        predictions: of happy and sad pictures, and of any other label.
        threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        On the happy and sad pictures: the metrics of `compute_metrics`; faces_found
        (share of photos, NaN for crops), accuracy_with_face (of photos with a face), n. For every
        other label NAME: sure_on_NAME, the share that was called sure happy or sure sad, and
        sure_happy_on_NAME and sure_sad_on_NAME, which it is the sum of.

    Raises:
        DatasetError: there is no happy or no sad picture.
    """
    counts = Counter(one.label for one in predictions)
    for mood in MOODS:
        if not counts[mood]:
            raise DatasetError(f"None of the {mood} pictures could be predictions; expected some.")
    moods = [one for one in predictions if one.label in MOODS]
    probabilities, labels = as_arrays(moods)
    summary = bootstrap_metrics(probabilities, labels, threshold)
    summary |= _faces(moods, (probabilities >= 0.5) == (labels == 1))
    summary["n"] = Interval(len(moods), len(moods), len(moods))
    for name in counts:
        if name not in MOODS:
            summary |= _sure_on(name, [one for one in predictions if one.label == name], threshold)
    return summary


def as_arrays(moods: Sequence[Prediction]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Probabilities of happy, and labels (1 for happy, 0 for sad), each (count,)."""
    probabilities = np.array([one.probability_happy for one in moods])
    return probabilities, np.array([one.label == Verdict.HAPPY for one in moods], np.intp)


def _faces(moods: Sequence[Prediction], right: NDArray[np.bool_]) -> dict[str, Interval]:
    if any(one.face_found is None for one in moods):
        return {"faces_found": Interval(np.nan, np.nan, np.nan)}
    found = np.array([bool(one.face_found) for one in moods])
    summary = {"faces_found": bootstrap_share(found)}
    if found.any():
        summary["accuracy_with_face"] = bootstrap_share(right[found])
    return summary


def _sure_on(name: str, predictions: Sequence[Prediction], threshold: float) -> dict[str, Interval]:
    verdicts = np.array([verdict_of(one.probability_happy, threshold) for one in predictions])
    return {
        f"sure_on_{name}": bootstrap_share(verdicts != Verdict.UNSURE),
        f"sure_happy_on_{name}": bootstrap_share(verdicts == Verdict.HAPPY),
        f"sure_sad_on_{name}": bootstrap_share(verdicts == Verdict.SAD),
    }
