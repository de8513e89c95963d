"""Making the confidence mean what it says."""

import numpy as np
from numpy.typing import NDArray

_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 401))
_SMALLEST = 1e-6
_SPREAD = 0.25  # standard deviation of the temperature's logarithm around what is expected
WANTED_ACCURACY = 0.98  # of the answers that are called sure
_LARGEST_THRESHOLD = 0.95


def with_temperature(probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Divide the logits by a temperature (Guo et al. 2017, On Calibration of Modern Networks).

    Args:
        probabilities: of happy, 0 to 1, of any shape.
        temperature: above 0; above 1 makes them more modest.

    Returns:
        The calibrated probabilities, 0 to 1, of the same shape.
    """
    clipped = np.clip(probabilities, _SMALLEST, 1 - _SMALLEST)
    logits = np.log(clipped / (1 - clipped)) / temperature
    return np.asarray(1 / (1 + np.exp(-logits)))


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
        happy = np.clip(with_temperature(probabilities, temperature), _SMALLEST, 1 - _SMALLEST)
        loss = -np.mean(np.where(labels == 1, np.log(happy), np.log(1 - happy)))
        if expected is not None:
            # A normal prior on the logarithm: the most probable temperature, not the likeliest.
            distance = np.log(temperature / expected) / _SPREAD
            loss += distance**2 / 2 / len(labels)
        losses.append(loss)
    return float(_TEMPERATURES[int(np.argmin(losses))])


def sure_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.intp]) -> float:
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
    enough = np.flatnonzero(accuracy >= WANTED_ACCURACY)
    threshold = confidence[order][enough[-1]] if len(enough) else _LARGEST_THRESHOLD
    return float(np.clip(round(float(threshold), 3), 0.5, _LARGEST_THRESHOLD))
