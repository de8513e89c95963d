"""The two moods, the answer in between, and their order in the network's output."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

MIN_PROBABILITY = 1e-6  # closer to 0 and 1, logits would be infinite


class Verdict(StrEnum):
    """What is answered about a face or a photo."""

    HAPPY = "happy"
    SAD = "sad"
    UNSURE = "unsure"


def apply_temperature(
    probabilities: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Divide the logits by a temperature (Guo et al. 2017, On Calibration of Modern Networks).

    Args:
        probabilities: of happy, 0 to 1, of any shape.
        temperature: above 0; above 1 makes them more modest.

    Returns:
        The calibrated probabilities, 0 to 1, of the same shape.
    """
    clipped = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    logits = np.log(clipped / (1 - clipped)) / temperature
    return np.asarray(1 / (1 + np.exp(-logits)))


def verdict_of(probability_happy: float, sure_threshold: float) -> Verdict:
    """Turn a probability into an answer.

    Args:
        probability_happy: probability of happy, 0 to 1.
        sure_threshold: least confidence that counts as sure, 0.5 to 1.

    Returns:
        The likelier mood if its probability reaches the threshold, else `Verdict.UNSURE`.
    """
    if confidence_of(probability_happy) < sure_threshold:
        return Verdict.UNSURE
    return likelier_mood(probability_happy)


def likelier_mood(probability_happy: float) -> Verdict:
    """The likelier of the two moods, however slight its lead.

    Args:
        probability_happy: 0 to 1; 0.5 counts as happy.
    """
    return Verdict.HAPPY if probability_happy >= 0.5 else Verdict.SAD


def confidence_of(probability_happy: float) -> float:
    """The probability of the likelier mood, 0.5 to 1."""
    return max(probability_happy, 1.0 - probability_happy)
