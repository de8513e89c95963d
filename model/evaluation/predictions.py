"""A model's predictions for labelled pictures."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from model.data.image_folder import LabeledImage
from model.data.votes import Votes
from model.errors import ImageError
from model.evaluation.corruptions import CORRUPTIONS
from model.images.decoding import decode
from model.network.verdict import MoodProbabilities, Verdict
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
        probability_neither: probability that it is neither happy nor sad, 0 to 1; None if the
            model does not tell, or if there is no face.
        is_neutral: whether the model's answer is neutral.
    """

    file: Path
    label: str
    probability_happy: float
    face_found: bool | None = None
    votes: Votes | None = None
    probability_neither: float | None = None
    is_neutral: bool = False


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
    return [
        LabeledPrediction(
            image.file,
            image.label,
            photo.probability_happy,
            not photo.whole_picture,
            image.votes,
            photo.probability_neither,
            photo.verdict == Verdict.NEUTRAL,
        )
        for image, photo in _predict_each(predictor.predict, images, on_unreadable)
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

    def predict(data: bytes) -> MoodProbabilities:
        return predictor.probabilities(decode(data).pixels)

    return [
        _crop_prediction(predictor, image, probabilities)
        for image, probabilities in _predict_each(predict, images, on_unreadable)
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

    def predict(data: bytes) -> list[MoodProbabilities]:
        crop = decode(data).pixels
        return [predictor.probabilities(corrupt(crop)) for corrupt in CORRUPTIONS.values()]

    for image, answers in _predict_each(predict, images, on_unreadable):
        for name, probabilities in zip(CORRUPTIONS, answers, strict=True):
            predictions[name].append(_crop_prediction(predictor, image, probabilities))
    return predictions


def _crop_prediction(
    predictor: Predictor, image: LabeledImage, probabilities: MoodProbabilities
) -> LabeledPrediction:
    return LabeledPrediction(
        image.file,
        image.label,
        probabilities.happy,
        votes=image.votes,
        probability_neither=probabilities.neither,
        is_neutral=predictor.verdict(probabilities) == Verdict.NEUTRAL,
    )


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
