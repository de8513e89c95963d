"""How good probabilities are, against known labels, and how far chance may have moved that.

Every metric is computed for many weightings of the pictures at once. With a weight of one each it
is the metric itself; with the counts of a draw with replacement it is one bootstrap resample
(Efron 1979, Bootstrap Methods: Another Look at the Jackknife). Where a metric divides by nothing
(the accuracy of sure answers when none is sure) it is NaN.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 15  # of the reliability diagram
RESAMPLES = 2000
_CELLS = 2_000_000  # of one matrix of weights; bounds the memory for large sets
_SEED = 1

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric and the 95 % percentile interval of its bootstrap; NaN where undefined."""

    value: float
    low: float
    high: float


def compute_metrics(
    probabilities: Floats, labels: NDArray[np.intp], threshold: float
) -> dict[str, Any]:
    """Measure a model's answers on happy and sad faces, for its manifest.

    Args:
        probabilities: of happy, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; both occur.
        threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        accuracy, balanced_accuracy, precision, recall and f1 of happy (all forced choice), auc,
        coverage_at_sure (share of answers that are sure), accuracy_at_sure: 0 to 1, where 1 is
        best and a share of nothing is 0; ece, brier: 0 is best; n; intervals: the two ends of the
        95 % interval of each of these that is defined.
    """
    metrics = bootstrap_metrics(probabilities, labels, threshold)
    return {
        **{name: float(np.nan_to_num(one.value)) for name, one in metrics.items()},
        "n": len(labels),
        "intervals": {
            name: [one.low, one.high] for name, one in metrics.items() if not np.isnan(one.low)
        },
    }


def read_accuracy(metrics: Mapping[str, Any]) -> Interval | None:
    """The accuracy in a manifest with its interval, if it was measured.

    Args:
        metrics: as `compute_metrics` gives them; in old manifests they
            lack the intervals, and that of the accuracy follows from the number of faces.
    """
    value, count = metrics.get("accuracy"), metrics.get("n")
    if not isinstance(value, float) or not isinstance(count, int) or count < 1:
        return None
    if "accuracy" in (noted := metrics.get("intervals", {})):
        return Interval(value, *noted["accuracy"])
    return bootstrap_share(np.arange(count) < round(value * count))


def bootstrap_metrics(
    probabilities: Floats, labels: NDArray[np.intp], threshold: float
) -> dict[str, Interval]:
    """Measure a model's answers, and say how much another sample of pictures might differ.

    A resample's calibration error is on average larger than the sample's own, as noise in a bin
    counts as a gap; its interval is moved down by that difference.

    Args:
        probabilities: of happy, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; both occur.
        threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        The metrics of `compute_metrics`, but for n, each with its interval; the same at every call.
    """
    happy = labels == 1
    draws = [
        _weighted_metrics(weights, probabilities, happy, threshold)
        for weights in _resamples(len(labels))
    ]
    exact = _weighted_metrics(np.ones((1, len(labels))), probabilities, happy, threshold)
    drawn = {name: np.concatenate([draw[name] for draw in draws]) for name in exact}
    drawn["ece"] = np.maximum(drawn["ece"] - drawn["ece"].mean() + exact["ece"], 0)
    return {name: _interval(float(value[0]), drawn[name]) for name, value in exact.items()}


def bootstrap_share(mask: Mask) -> Interval:
    """The share of true values, with its interval.

    Args:
        mask: (count,); at least one value.

    Returns:
        The share, 0 to 1; the same interval at every call.
    """
    share = float(mask.mean())
    # How many true values a draw with replacement holds is binomial: no need to draw.
    draws = np.random.default_rng(_SEED).binomial(len(mask), share, RESAMPLES) / len(mask)
    return _interval(share, draws)


def expected_calibration_error(confidence: Floats, right: Mask) -> float:
    """Mean gap between confidence and accuracy over equal bins (Naeini et al. 2015).

    Args:
        confidence: of the answers, (count,), 0.5 to 1.
        right: (count,), whether each answer was right.

    Returns:
        The gap weighted by the bins' sizes, 0 to 1.
    """
    return float(_calibration_error(np.ones((1, len(right))), confidence, right)[0])


def bin_indices(confidence: Floats) -> NDArray[np.intp]:
    """The bin of the reliability diagram that each confidence falls into.

    Args:
        confidence: (count,), 0 to 1.

    Returns:
        (count,), 0 to `BINS` - 1.
    """
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def _interval(value: float, draws: Floats) -> Interval:
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def _resamples(count: int) -> Iterator[Floats]:
    """Weight matrices (resamples, count): how often each picture was drawn."""
    rng = np.random.default_rng(_SEED)
    at_once = max(1, min(RESAMPLES, _CELLS // count))
    for start in range(0, RESAMPLES, at_once):
        rows = min(at_once, RESAMPLES - start)
        drawn = rng.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        counts = np.bincount(drawn.ravel(), minlength=rows * count)
        yield counts.reshape(rows, count).astype(np.float64)


def _weighted_metrics(
    weights: Floats, probabilities: Floats, happy: Mask, threshold: float
) -> dict[str, Floats]:
    """Each metric for each row of `weights` (rows, count), as (rows,)."""
    says_happy = probabilities >= 0.5
    right = says_happy == happy
    confidence = np.maximum(probabilities, 1 - probabilities)
    sure = confidence >= threshold

    def total(values: NDArray[np.generic]) -> Floats:
        return np.asarray(weights @ values.astype(np.float64))

    count = weights.sum(axis=1)
    of_happy, of_sad, said_happy = total(happy), total(~happy), total(says_happy)
    found_happy = total(happy & says_happy)
    with np.errstate(divide="ignore", invalid="ignore"):
        recall = found_happy / of_happy
        return {
            "accuracy": total(right) / count,
            "balanced_accuracy": (recall + total(~happy & ~says_happy) / of_sad) / 2,
            "precision": found_happy / said_happy,
            "recall": recall,
            "f1": 2 * found_happy / (of_happy + said_happy),
            "auc": _area_under_curve(weights, probabilities, happy) / (of_happy * of_sad),
            "ece": _calibration_error(weights, confidence, right),
            "brier": total((probabilities - happy) ** 2) / count,
            "coverage_at_sure": total(sure) / count,
            "accuracy_at_sure": total(right & sure) / total(sure),
        }


def _area_under_curve(weights: Floats, probabilities: Floats, happy: Mask) -> Floats:
    """How many pairs of a happy and a sad picture are in the right order; a tie counts half.

    That count over all pairs is the area under the ROC curve (Hanley & McNeil 1982).
    """
    order = np.argsort(probabilities, kind="stable")
    starts = np.unique(probabilities[order], return_index=True)[1]
    ordered = weights[:, order]
    of_happy = np.add.reduceat(ordered * happy[order], starts, axis=1)  # (rows, distinct values)
    of_sad = np.add.reduceat(ordered * ~happy[order], starts, axis=1)
    below = np.cumsum(of_sad, axis=1) - of_sad / 2
    return np.asarray((of_happy * below).sum(axis=1))


def _calibration_error(weights: Floats, confidence: Floats, right: Mask) -> Floats:
    # A bin's weight times its gap is the difference of its two sums.
    difference = confidence - right
    bins = bin_indices(confidence)
    error = np.zeros(len(weights))
    for index in np.unique(bins):
        inside = bins == index
        error += np.abs(weights[:, inside] @ difference[inside])
    return np.asarray(error / weights.sum(axis=1))
