"""Making the confidence mean what it says."""

import numpy as np
from numpy.typing import NDArray

from model.network.verdict import MIN_PROBABILITY, apply_temperature

_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 401))
_PRIOR_STD = 0.25  # standard deviation of the temperature's logarithm around what is expected
TARGET_ACCURACY = 0.98  # of the answers that are called sure
_MAX_THRESHOLD = 0.95


def fit_temperature(
    probabilities: NDArray[np.float64], labels: NDArray[np.intp], expected: float | None = None
) -> float:
    """Find the temperature with the least cross-entropy.

    Args:
        probabilities: of happy as the network gives them, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; of faces that were not trained on.
        expected: what the temperature is without any evidence. A dozen faces hardly move it (a
            few that are all judged rightly would otherwise call for boundless confidence), a
            thousand hardly feel it. None: the faces alone decide.

    Returns:
        The temperature, 0.25 to 4.
    """
    losses = []
    for temperature in _TEMPERATURES:
        happy = np.clip(
            apply_temperature(probabilities, temperature), MIN_PROBABILITY, 1 - MIN_PROBABILITY
        )
        loss = -np.mean(np.where(labels == 1, np.log(happy), np.log(1 - happy)))
        if expected is not None:
            # A normal prior on the logarithm: the most probable temperature, not the likeliest.
            distance = np.log(temperature / expected) / _PRIOR_STD
            loss += distance**2 / 2 / len(labels)
        losses.append(loss)
    return float(_TEMPERATURES[int(np.argmin(losses))])


def fit_sure_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
    """The least confidence from which on answers are right as often as wanted.

    Args:
        probabilities: calibrated, of happy, (count,), 0 to 1.
        labels: (count,), 1 for happy, 0 for sad; of faces that were not trained on.

    Returns:
        The threshold, 0.5 to 0.95: the point of the risk-coverage curve (El-Yaniv & Wiener
        2010) where at least 98 % of the more confident answers are right.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    right = (probabilities >= 0.5) == (labels == 1)
    order = np.argsort(-confidence, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(accuracy >= TARGET_ACCURACY)
    threshold = confidence[order][enough[-1]] if len(enough) else _MAX_THRESHOLD
    return float(np.clip(round(float(threshold), 3), 0.5, _MAX_THRESHOLD))
