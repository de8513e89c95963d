"""How good probabilities are, against known labels."""

import numpy as np
from numpy.typing import NDArray

BINS = 15  # of the reliability diagram


def measure(
    probabilities: NDArray[np.float64], labels: NDArray[np.intp], threshold: float
) -> dict[str, float | int]:
    """Measure a model's answers on happy and sad faces.

    Args:
        probabilities: of happy, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; both occur.
        threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        accuracy, balanced_accuracy (forced choice, each 0 to 1); ece, brier (0 is best);
        coverage_at_sure (share of answers that are sure), accuracy_at_sure; n.
    """
    happy = labels == 1
    right = (probabilities >= 0.5) == happy
    confidence = np.maximum(probabilities, 1 - probabilities)
    sure = confidence >= threshold
    return {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float((right[happy].mean() + right[~happy].mean()) / 2),
        "ece": expected_calibration_error(confidence, right),
        "brier": float(np.mean((probabilities - happy) ** 2)),
        "coverage_at_sure": float(sure.mean()),
        "accuracy_at_sure": float(right[sure].mean()) if sure.any() else 0.0,
        "n": len(labels),
    }


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean gap between confidence and accuracy over equal bins (Naeini et al. 2015).

    Args:
        confidence: of the answers, (count,), 0.5 to 1.
        right: (count,), whether each answer was right.

    Returns:
        The gap weighted by the bins' sizes, 0 to 1.
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    error = 0.0
    for index in np.unique(bins):
        inside = bins == index
        gap = abs(confidence[inside].mean() - right[inside].mean())
        error += float(inside.mean() * gap)
    return error
