"""Fit the temperature and the threshold that turn probabilities into verdicts."""

import numpy as np
from numpy.typing import NDArray

from model.network.verdict import MIN_PROBABILITY, apply_temperature

_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 401))
_PRIOR_STD = 0.25  # standard deviation of the temperature's logarithm around its prior
TARGET_ACCURACY = 0.99  # of the sure verdicts
_MAX_THRESHOLD = 0.95


def fit_temperature(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.intp] | NDArray[np.float32],
    prior: float | None = None,
) -> float:
    """Find the temperature with the lowest cross-entropy.

    Args:
        probabilities: uncalibrated probabilities of happy (or of neither), (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad, or the share of the people who see it; of faces
            that were not trained on.
        prior: the temperature to assume without data. It dominates with a dozen faces (which, if
            all are classified correctly, would otherwise make the model overconfident) and hardly
            matters with a thousand. None: the faces alone decide.

    Returns:
        The temperature, 0.25 to 4.
    """
    losses = []
    for temperature in _TEMPERATURES:
        happy = np.clip(
            apply_temperature(probabilities, temperature), MIN_PROBABILITY, 1 - MIN_PROBABILITY
        )
        loss = -np.mean(labels * np.log(happy) + (1 - labels) * np.log(1 - happy))
        if prior is not None:
            # A normal prior on the logarithm: the maximum a posteriori temperature.
            distance = np.log(temperature / prior) / _PRIOR_STD
            loss += distance**2 / 2 / len(labels)
        losses.append(loss)
    return float(_TEMPERATURES[int(np.argmin(losses))])


def fit_sure_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    """Find the lowest confidence from which on verdicts reach the target accuracy.

    Args:
        probabilities: calibrated probabilities of happy, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; of faces that were not trained on.

    Returns:
        The threshold, 0.5 to 0.95: the point of the risk-coverage curve (El-Yaniv & Wiener
        2010) where at least 99 % of the more confident verdicts are right.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    right = (probabilities >= 0.5) == (labels == 1)
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(accuracy >= TARGET_ACCURACY)
    threshold = confidence[order][enough[-1]] if len(enough) else _MAX_THRESHOLD
    return float(np.clip(round(float(threshold), 3), 0.5, _MAX_THRESHOLD))
