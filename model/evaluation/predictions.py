"""A model's predictions for labelled pictures, and their summary."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.data.image_folder import MOODS, LabeledImage
from model.data.votes import Votes
from model.errors import DatasetError, ImageError
from model.evaluation.agreement import agreement_with_votes
from model.evaluation.corruptions import CORRUPTIONS
from model.evaluation.intervals import Interval
from model.evaluation.metrics import measure, share_of
from model.images.decoding import decode
from model.network.verdict import Verdict, verdict_of
from model.prediction.predictor import Predictor


@dataclass(frozen=True, slots=True)
class LabeledPrediction:
    """A labelled picture and the model's prediction.

    Attributes:
        file: the file of the picture.
        label: its label.
        probability_happy: the prediction, 0 to 1.
        face_found: false if no face was found in a photo, and all of it was used; None for a face
            crop.
        votes: how many people saw each expression in it; None if that is not known.
    """

    file: Path
    label: str
    probability_happy: float
    face_found: bool | None = None
    votes: Votes | None = None


T = TypeVar("T")
OnUnreadable = Callable[[Path, str], None]  # called with a file and the reason


def predict_photos(
    predictor: Predictor, images: Iterable[LabeledImage], on_unreadable: OnUnreadable
) -> list[LabeledPrediction]:
    """Find the faces of whole photos and predict their mood, as the bot does.

    Args:
        predictor: the model.
        images: the photos.
        on_unreadable: called for each file that is not a usable picture.

    Returns:
        The predictions in the order of the photos, without the unreadable files.
    """

    def predict(data: bytes) -> tuple[float, bool]:
        photo = predictor.predict(data)
        return photo.probability_happy, not photo.whole_picture

    return [
        LabeledPrediction(image.file, image.label, probability, face_found, image.votes)
        for image, (probability, face_found) in _predict_each(predict, images, on_unreadable)
    ]


def predict_crops(
    predictor: Predictor, images: Iterable[LabeledImage], on_unreadable: OnUnreadable
) -> list[LabeledPrediction]:
    """Predict the mood of pictures that are face crops already.

    Args:
        predictor: the model.
        images: the face crops.
        on_unreadable: called for each file that is not a usable picture.

    Returns:
        The predictions in the order of the crops, without the unreadable files.
    """

    def predict(data: bytes) -> float:
        return predictor.probability_happy(decode(data).pixels)

    return [
        LabeledPrediction(image.file, image.label, probability, votes=image.votes)
        for image, probability in _predict_each(predict, images, on_unreadable)
    ]


def predict_corrupted_crops(
    predictor: Predictor, images: Iterable[LabeledImage], on_unreadable: OnUnreadable
) -> dict[str, list[LabeledPrediction]]:
    """Predict the mood of face crops, unchanged and with each corruption.

    Args:
        predictor: the model.
        images: the face crops.
        on_unreadable: called for each file that is not a usable picture.

    Returns:
        The predictions by name of the corruption, in the order of the crops, without the
        unreadable files.
    """
    predictions: dict[str, list[LabeledPrediction]] = {name: [] for name in CORRUPTIONS}

    def predict(data: bytes) -> list[float]:
        crop = decode(data).pixels
        return [predictor.probability_happy(corrupt(crop)) for corrupt in CORRUPTIONS.values()]

    for image, probabilities in _predict_each(predict, images, on_unreadable):
        for name, probability in zip(CORRUPTIONS, probabilities, strict=True):
            predictions[name].append(
                LabeledPrediction(image.file, image.label, probability, votes=image.votes)
            )
    return predictions


def _predict_each(
    predict: Callable[[bytes], T],
    images: Iterable[LabeledImage],
    on_unreadable: OnUnreadable,
) -> Iterator[tuple[LabeledImage, T]]:
    """Yield each readable picture with what `predict` returns for its bytes."""
    for image in images:
        try:
            yield image, predict(image.file.read_bytes())
        except ImageError as error:
            on_unreadable(image.file, str(error))
        except OSError as error:
            on_unreadable(image.file, error.strerror or str(error))


def summarize(predictions: Sequence[LabeledPrediction], threshold: float) -> dict[str, Interval]:
    """Compute the metrics of predictions.

    Args:
        predictions: predictions for happy and sad pictures, and for any other label.
        threshold: minimum confidence of a sure answer, 0.5 to 1.

    Returns:
        On the happy and sad pictures: the metrics of `compute_metrics`; faces_found
        (share of photos, NaN for crops), accuracy_with_face (of photos with a face), n; where there
        are votes, the metrics of `agreement_with_votes`. For each
        other label NAME: sure_on_NAME, the share that was called sure happy or sure sad, and the
        two parts of it, sure_happy_on_NAME and sure_sad_on_NAME.

    Raises:
        DatasetError: there is no happy or no sad picture.
    """
    counts = Counter(one.label for one in predictions)
    for mood in MOODS:
        if not counts[mood]:
            raise DatasetError(f"None of the {mood} pictures could be classified; expected some.")
    moods = [one for one in predictions if one.label in MOODS]
    probabilities, labels = as_arrays(moods)
    summary = measure(probabilities, labels, threshold)
    summary |= _face_metrics(moods, (probabilities >= 0.5) == (labels == 1))
    summary |= agreement_with_votes(probabilities, labels, [one.votes for one in moods], threshold)
    summary["n"] = Interval(len(moods), len(moods), len(moods))
    for name in counts:
        if name not in MOODS:
            summary |= _sure_on(name, [one for one in predictions if one.label == name], threshold)
    return summary


def as_arrays(moods: Sequence[LabeledPrediction]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the probabilities of happy and the labels (1 for happy, 0 for sad), each (count,)."""
    probabilities = np.array([one.probability_happy for one in moods])
    return probabilities, np.array([one.label == Verdict.HAPPY for one in moods], np.intp)


def _face_metrics(
    moods: Sequence[LabeledPrediction], correct: NDArray[np.bool_]
) -> dict[str, Interval]:
    if any(one.face_found is None for one in moods):
        return {"faces_found": Interval(np.nan, np.nan, np.nan)}
    found = np.array([bool(one.face_found) for one in moods])
    summary = {"faces_found": share_of(found)}
    if found.any():
        summary["accuracy_with_face"] = share_of(correct[found])
    return summary


def _sure_on(
    name: str, predictions: Sequence[LabeledPrediction], threshold: float
) -> dict[str, Interval]:
    verdicts = np.array([verdict_of(one.probability_happy, threshold) for one in predictions])
    return {
        f"sure_on_{name}": share_of(verdicts != Verdict.UNSURE),
        f"sure_happy_on_{name}": share_of(verdicts == Verdict.HAPPY),
        f"sure_sad_on_{name}": share_of(verdicts == Verdict.SAD),
    }
