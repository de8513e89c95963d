"""From the network's output to a verdict: happy, sad or unsure."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

# Probabilities are clipped to this distance from 0 and 1, so that logits stay finite.
MIN_PROBABILITY = 1e-6


class Verdict(StrEnum):
    """The mood of a face or photo; unsure if neither mood is likely enough."""

    HAPPY = "happy"
    SAD = "sad"
    UNSURE = "unsure"


def apply_temperature(
    probabilities: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Divide the logits by a temperature (Guo et al. 2017, On Calibration of Modern Networks).

    Args:
        probabilities: probabilities of happy, 0 to 1, of any shape.
        temperature: above 0; above 1 moves the probabilities towards 0.5.

    Returns:
        The calibrated probabilities, of the same shape.
    """
    clipped = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    logits = np.log(clipped / (1 - clipped)) / temperature
    return np.asarray(1 / (1 + np.exp(-logits)))


def verdict_of(probability_happy: float, sure_threshold: float) -> Verdict:
    """Return the likelier mood, or unsure if its probability is below the threshold.

    Args:
        probability_happy: calibrated probability of happy, 0 to 1.
        sure_threshold: lowest confidence of a sure verdict, 0.5 to 1.
    """
    if confidence_of(probability_happy) < sure_threshold:
        return Verdict.UNSURE
    return likelier_mood(probability_happy)


def likelier_mood(probability_happy: float) -> Verdict:
    """Return happy or sad, whichever has the higher probability; happy at 0.5."""
    return Verdict.HAPPY if probability_happy >= 0.5 else Verdict.SAD


def confidence_of(probability_happy: float) -> float:
    """Return the probability of the likelier mood, 0.5 to 1."""
    return max(probability_happy, 1.0 - probability_happy)
