"""Metrics of predicted probabilities, with 95 % intervals.

Those that are shares of the faces have Wilson intervals; the others have bootstrap intervals. Each
metric is computed for many weightings of the pictures at once. With a weight of one each it is the
metric itself; with the counts of a draw with replacement it is one bootstrap resample (Efron 1979,
Bootstrap Methods: Another Look at the Jackknife). A metric that divides by zero (the accuracy of
sure answers if none is sure) is NaN.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluation.intervals import Floats, Interval, share_interval

BINS = 15  # of the reliability diagram
RESAMPLES = 2000
_MAX_CELLS = 2_000_000  # of one matrix of weights; limits the memory for large data sets
_SEED = 1
_SAME = 1e-9  # resamples that differ less differ by rounding only

Mask = NDArray[np.bool_]


def compute_metrics(
    probabilities: Floats,
    labels: NDArray[np.intp],
    threshold: float,
    neutral: Mask | None = None,
) -> dict[str, Any]:
    """Compute the metrics of a model on happy and sad faces, for its manifest.

    Args:
        probabilities: (count,) of happy, 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; both must occur.
        threshold: minimum confidence of a sure answer, 0.5 to 1.
        neutral: (count,), which faces are called neutral and so not surely happy or sad; None:
            none is.

    Returns:
        accuracy, balanced_accuracy, precision, recall and f1 of happy (forced choice), auc,
        coverage_at_sure (share of answers that are sure), accuracy_at_sure: 0 to 1, 1 is best,
        and 0 instead of NaN; ece, brier: 0 is best; n: number of faces; intervals: the ends of the
        95 % interval of each metric that has one.
    """
    metrics = measure(probabilities, labels, threshold, neutral)
    return {
        **{name: float(np.nan_to_num(one.value)) for name, one in metrics.items()},
        "n": len(labels),
        "intervals": {name: [one.low, one.high] for name, one in metrics.items() if one.is_known},
    }


def read_accuracy(metrics: Mapping[str, Any]) -> Interval | None:
    """Return the accuracy from a manifest with its interval, or None if it was not measured.

    The interval is computed from the number of faces: older manifests hold the bootstrap's.

    Args:
        metrics: the result of `compute_metrics`.
    """
    value, count = metrics.get("accuracy"), metrics.get("n")
    if not isinstance(value, float) or not isinstance(count, int) or count < 1:
        return None
    return share_interval(round(value * count), count)


def measure(
    probabilities: Floats,
    labels: NDArray[np.intp],
    threshold: float,
    neutral: Mask | None = None,
) -> dict[str, Interval]:
    """Compute the metrics of a model on happy and sad faces, with their intervals.

    The calibration error of a resample is on average larger than that of the sample, because noise
    in a bin counts as a gap. Its interval is moved down by the difference. Where all resamples
    agree, as on a few faces that are all answered right, a bootstrap says nothing, and there is no
    interval.

    Args:
        probabilities: (count,) of happy, 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; both must occur.
        threshold: minimum confidence of a sure answer, 0.5 to 1.
        neutral: (count,), which faces are called neutral and so not surely; None: none is.

    Returns:
        The metrics of `compute_metrics` except n. The intervals are the same at every call.
    """
    happy = labels == 1
    draws = [
        _weighted_metrics(weights, probabilities, happy) for weights in _resamples(len(labels))
    ]
    exact = _weighted_metrics(np.ones((1, len(labels))), probabilities, happy)
    drawn = {name: np.concatenate([draw[name] for draw in draws]) for name in exact}
    drawn["ece"] = np.maximum(drawn["ece"] - drawn["ece"].mean() + exact["ece"], 0)
    others = {name: _interval(float(value[0]), drawn[name]) for name, value in exact.items()}
    sure = np.maximum(probabilities, 1 - probabilities) >= threshold
    if neutral is not None:
        sure &= ~neutral
    return _shares(probabilities, happy, sure) | others


def share_of(mask: Mask) -> Interval:
    """Return the share of true values, 0 to 1, with its interval; mask is (count,)."""
    return share_interval(int(mask.sum()), len(mask))


def mean_of(values: Floats) -> Interval:
    """Return the mean of at least one value with its bootstrap interval; values is (count,)."""
    draws = [weights @ values / weights.sum(axis=1) for weights in _resamples(len(values))]
    return _interval(float(values.mean()), np.concatenate(draws))


def _shares(probabilities: Floats, happy: Mask, sure: Mask) -> dict[str, Interval]:
    """Return the metrics that are a share of some of the faces."""
    predicted_happy = probabilities >= 0.5
    correct = predicted_happy == happy
    return {
        "accuracy": share_of(correct),
        "precision": share_of(happy[predicted_happy]),
        "recall": share_of(predicted_happy[happy]),
        "coverage_at_sure": share_of(sure),
        "accuracy_at_sure": share_of(correct[sure]),
    }


def expected_calibration_error(confidence: Floats, correct: Mask) -> float:
    """Return the mean gap between confidence and accuracy over equal bins (Naeini et al. 2015).

    Args:
        confidence: (count,) of the answers, 0.5 to 1.
        correct: (count,), whether each answer is correct.

    Returns:
        The gap weighted by the sizes of the bins, 0 to 1.
    """
    return float(_calibration_error(np.ones((1, len(correct))), confidence, correct)[0])


def bin_indices(confidence: Floats) -> NDArray[np.intp]:
    """Return the bin of the reliability diagram of each confidence, 0 to `BINS` - 1.

    Args:
        confidence: (count,), 0 to 1.
    """
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def _interval(value: float, draws: Floats) -> Interval:
    defined = draws[~np.isnan(draws)]
    if not len(defined) or np.ptp(defined) < _SAME:
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def _resamples(count: int) -> Iterator[Floats]:
    """Yield weight matrices (resamples, count): how often each picture was drawn."""
    rng = np.random.default_rng(_SEED)
    at_once = max(1, min(RESAMPLES, _MAX_CELLS // count))
    for start in range(0, RESAMPLES, at_once):
        rows = min(at_once, RESAMPLES - start)
        drawn = rng.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counts.reshape(rows, count).astype(np.float64)


def _weighted_metrics(weights: Floats, probabilities: Floats, happy: Mask) -> dict[str, Floats]:
    """Return the metrics that are no shares for each row of `weights` (rows, count), as (rows,)."""
    predicted_happy = probabilities >= 0.5
    correct = predicted_happy == happy
    confidence = np.maximum(probabilities, 1 - probabilities)

    def total(values: NDArray[np.generic]) -> Floats:
        return np.asarray(weights @ values.astype(np.float64))

    count = weights.sum(axis=1)
    happy_count, sad_count, positives = total(happy), total(~happy), total(predicted_happy)
    true_positives = total(happy & predicted_happy)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = true_positives / happy_count
        return {
            "balanced_accuracy": (recall + total(~happy & ~predicted_happy) / sad_count) / 2,
            "f1": 2 * true_positives / (happy_count + positives),
            "auc": _ordered_pairs(weights, probabilities, happy) / (happy_count * sad_count),
            "ece": _calibration_error(weights, confidence, correct),
            "brier": total((probabilities - happy) ** 2) / count,
        }


def _ordered_pairs(weights: Floats, probabilities: Floats, happy: Mask) -> Floats:
    """Count the pairs of a happy and a sad picture that are in the right order; a tie counts half.

    The count divided by the number of pairs is the area under the ROC curve (Hanley & McNeil 1982).
    """
    order = np.argsort(probabilities, kind="stable")
    starts = np.unique(probabilities[order], return_index=True)[1]
    ordered = weights[:, order]
    of_happy = np.add.reduceat(ordered * happy[order], starts, axis=1)  # (rows, distinct values)
    of_sad = np.add.reduceat(ordered * ~happy[order], starts, axis=1)
    below = np.cumsum(of_sad, axis=1) - of_sad / 2
    return np.asarray((of_happy * below).sum(axis=1))


def _calibration_error(weights: Floats, confidence: Floats, correct: Mask) -> Floats:
    # A bin's weight times its gap is the difference of its two sums.
    difference = confidence - correct
    bins = bin_indices(confidence)
    error = np.zeros(len(weights))
    for index in np.unique(bins):
        inside = bins == index
        error += np.abs(weights[:, inside] @ difference[inside])
    return np.asarray(error / weights.sum(axis=1))
