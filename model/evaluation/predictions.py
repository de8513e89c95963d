"""A model's answers to labelled pictures, and what they add up to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.data.image_folder import MOODS, Labelled
from model.errors import DatasetError, ImageError
from model.evaluation.corruptions import CONDITIONS
from model.evaluation.metrics import Interval, measure_with_intervals, share_with_interval
from model.images.decoding import decode
from model.network.verdict import Verdict, verdict_of
from model.prediction.predictor import Predictor


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled picture and the model's answer.

    Args:
        file: the picture's.
        label: what it shows.
        probability_happy: the model's answer, 0 to 1.
        face_found: false if the picture was judged as a whole; None if it is a face crop.
    """

    file: Path
    label: str
    probability_happy: float
    face_found: bool | None = None


Answer = TypeVar("Answer")
Unreadable = Callable[[Path, str], None]  # called with a file and the reason


def judge_photos(
    predictor: Predictor, pictures: Iterable[Labelled], unreadable: Unreadable
) -> list[Judged]:
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
        Judged(picture.file, picture.label, probability, face_found)
        for picture, (probability, face_found) in _answers(judge, pictures, unreadable)
    ]


def judge_crops(
    predictor: Predictor, pictures: Iterable[Labelled], unreadable: Unreadable
) -> list[Judged]:
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
        Judged(picture.file, picture.label, probability)
        for picture, probability in _answers(judge, pictures, unreadable)
    ]


def judge_conditions(
    predictor: Predictor, pictures: Iterable[Labelled], unreadable: Unreadable
) -> dict[str, list[Judged]]:
    """Judge face crops as they are and under each of the made conditions.

    Args:
        predictor: the model.
        pictures: the face crops.
        unreadable: told of each file that is no picture that can be used.

    Returns:
        For each name in `CONDITIONS` the answers, in the same order, without unreadable files.
    """
    judged: dict[str, list[Judged]] = {name: [] for name in CONDITIONS}

    def judge(data: bytes) -> list[float]:
        crop = decode(data).pixels
        return [predictor.probability_happy(change(crop)) for change in CONDITIONS.values()]

    for picture, probabilities in _answers(judge, pictures, unreadable):
        for name, probability in zip(CONDITIONS, probabilities, strict=True):
            judged[name].append(Judged(picture.file, picture.label, probability))
    return judged


def _answers(
    judge: Callable[[bytes], Answer], pictures: Iterable[Labelled], unreadable: Unreadable
) -> Iterator[tuple[Labelled, Answer]]:
    """Each picture that can be read, and what `judge` makes of its bytes."""
    for picture in pictures:
        try:
            yield picture, judge(picture.file.read_bytes())
        except ImageError as error:
            unreadable(picture.file, str(error))
        except OSError as error:
            unreadable(picture.file, error.strerror or str(error))


def summarise(judged: Sequence[Judged], threshold: float) -> dict[str, Interval]:
    """Measure the answers.

    Args:
        judged: of happy and sad pictures, and of any other label.
        threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        On the happy and sad pictures: the metrics of `measure`; faces_found (share of photos,
        NaN for crops), accuracy_with_face (of photos with a face), n. For every other label
        NAME: sure_on_NAME, the share that was called sure happy or sure sad, and
        sure_happy_on_NAME and sure_sad_on_NAME, which it is the sum of.

    Raises:
        DatasetError: there is no happy or no sad picture.
    """
    counts = Counter(one.label for one in judged)
    for mood in MOODS:
        if not counts[mood]:
            raise DatasetError(f"None of the {mood} pictures could be judged; expected some.")
    moods = [one for one in judged if one.label in MOODS]
    probabilities, labels = as_arrays(moods)
    summary = measure_with_intervals(probabilities, labels, threshold)
    summary |= _faces(moods, (probabilities >= 0.5) == (labels == 1))
    summary["n"] = Interval(len(moods), len(moods), len(moods))
    for name in counts:
        if name not in MOODS:
            summary |= _sure_on(name, [one for one in judged if one.label == name], threshold)
    return summary


def as_arrays(moods: Sequence[Judged]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Probabilities of happy, and labels (1 for happy, 0 for sad), each (count,)."""
    probabilities = np.array([one.probability_happy for one in moods])
    return probabilities, np.array([one.label == Verdict.HAPPY for one in moods], np.intp)


def _faces(moods: Sequence[Judged], right: NDArray[np.bool_]) -> dict[str, Interval]:
    if any(one.face_found is None for one in moods):
        return {"faces_found": Interval(np.nan, np.nan, np.nan)}
    found = np.array([bool(one.face_found) for one in moods])
    summary = {"faces_found": share_with_interval(found)}
    if found.any():
        summary["accuracy_with_face"] = share_with_interval(right[found])
    return summary


def _sure_on(name: str, judged: Sequence[Judged], threshold: float) -> dict[str, Interval]:
    verdicts = np.array([verdict_of(one.probability_happy, threshold) for one in judged])
    return {
        f"sure_on_{name}": share_with_interval(verdicts != Verdict.UNSURE),
        f"sure_happy_on_{name}": share_with_interval(verdicts == Verdict.HAPPY),
        f"sure_sad_on_{name}": share_with_interval(verdicts == Verdict.SAD),
    }
