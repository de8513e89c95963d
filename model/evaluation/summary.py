"""The metrics of predictions for labelled pictures."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.data.image_folder import MOODS
from model.errors import DatasetError
from model.evaluation.agreement import agreement_with_votes, divergence_with_neither
from model.evaluation.intervals import Interval
from model.evaluation.metrics import measure, share_of
from model.evaluation.predictions import LabeledPrediction
from model.network.verdict import Verdict, verdict_of

# Expressions that are taken for sad most often; some are rare, so they are also measured together.
_UNPLEASANT = ("angry", "contempt", "disgust", "fear")


def summarize(predictions: Sequence[LabeledPrediction], threshold: float) -> dict[str, Interval]:
    """Compute the metrics of predictions.

    Args:
        predictions: predictions for happy and sad pictures, and for any other label.
        threshold: minimum confidence of a sure answer, 0.5 to 1.

    Returns:
        On the happy and sad pictures: the metrics of `compute_metrics`; faces_found
        (share of photos, NaN for crops), accuracy_with_face (of photos with a face), n; where there
        are votes, the metrics of `agreement_with_votes`. For each other label NAME: sure_on_NAME,
        the share that was called sure happy or sure sad, and the two parts of it,
        sure_happy_on_NAME and sure_sad_on_NAME; and both for angry, contempt, disgust and fear
        together, as NAME unpleasant. Of all faces with votes: vote_divergence_with_neither, if the
        model tells neutral faces; see `divergence_with_neither`. Neutral answers are not sure.

    Raises:
        DatasetError: there is no happy or no sad picture.
    """
    counts = Counter(one.label for one in predictions)
    for mood in MOODS:
        if not counts[mood]:
            raise DatasetError(f"None of the {mood} pictures could be classified; expected some.")
    moods = [one for one in predictions if one.label in MOODS]
    probabilities, labels = as_arrays(moods)
    neutral = np.array([one.is_neutral for one in moods])
    summary = measure(probabilities, labels, threshold, neutral)
    summary |= _face_metrics(moods, (probabilities >= 0.5) == (labels == 1))
    summary |= agreement_with_votes(probabilities, labels, [one.votes for one in moods], threshold)
    summary |= _divergence(predictions)
    summary["n"] = Interval(len(moods), len(moods), len(moods))
    groups: dict[str, tuple[str, ...]] = {name: (name,) for name in counts if name not in MOODS}
    if len(groups.keys() & set(_UNPLEASANT)) > 1:
        groups["unpleasant"] = _UNPLEASANT
    for name, labels_of_group in groups.items():
        group = [one for one in predictions if one.label in labels_of_group]
        summary |= _sure_on(name, group, threshold)
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
    verdicts = np.array(
        [
            Verdict.NEUTRAL if one.is_neutral else verdict_of(one.probability_happy, threshold)
            for one in predictions
        ]
    )
    return {
        f"sure_on_{name}": share_of(np.isin(verdicts, MOODS)),
        f"sure_happy_on_{name}": share_of(verdicts == Verdict.HAPPY),
        f"sure_sad_on_{name}": share_of(verdicts == Verdict.SAD),
    }


def _divergence(predictions: Sequence[LabeledPrediction]) -> dict[str, Interval]:
    known = [
        (one.probability_happy, one.probability_neither, one.votes)
        for one in predictions
        if one.probability_neither is not None and one.votes is not None and any(one.votes)
    ]
    if not known:
        return {}
    happy, neither, votes = (np.array(column) for column in zip(*known, strict=True))
    return {"vote_divergence_with_neither": divergence_with_neither(happy, neither, votes)}
