"""From the network's outputs to a verdict: happy, sad, neutral or unsure."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

# Probabilities are clipped to this distance from 0 and 1, so that logits stay finite.
MIN_PROBABILITY = 1e-6


class Verdict(StrEnum):
    """The mood of a face or photo.

    Neutral if it probably looks neither happy nor sad; unsure if nothing is likely enough.
    """

    HAPPY = "happy"
    SAD = "sad"
    NEUTRAL = "neutral"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class MoodProbabilities:
    """What a network says of a face, calibrated.

    Attributes:
        happy: probability of happy of a face that is happy or sad, 0 to 1.
        neither: probability that it is neither, 0 to 1; None from a model that does not tell.
    """

    happy: float
    neither: float | None = None


def apply_temperature(
    probabilities: NDArray[np.float64], temperature: float
) -> NDArray[np.float64]:
    """Divide the logits by a temperature (Guo et al. 2017, On Calibration of Modern Networks).

    Args:
        probabilities: probabilities of happy (or of neither), 0 to 1, of any shape.
        temperature: above 0; above 1 moves the probabilities towards 0.5.

    Returns:
        The calibrated probabilities, of the same shape.
    """
    clipped = np.clip(probabilities, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    logits = np.log(clipped / (1 - clipped)) / temperature
    return np.asarray(1 / (1 + np.exp(-logits)))


def verdict_of(
    probability_happy: float,
    sure_threshold: float,
    probability_neither: float | None = None,
    neither_threshold: float = 1.0,
) -> Verdict:
    """Return neutral, else the likelier mood, or unsure if its probability is too low.

    Args:
        probability_happy: calibrated probability of happy if happy or sad, 0 to 1.
        sure_threshold: lowest confidence of a sure verdict, 0.5 to 1.
        probability_neither: calibrated probability of neither, 0 to 1; None if it is not known.
        neither_threshold: a probability of neither above it means neutral, 0 to 1.
    """
    if probability_neither is not None and probability_neither > neither_threshold:
        return Verdict.NEUTRAL
    if confidence_of(probability_happy) < sure_threshold:
        return Verdict.UNSURE
    return likelier_mood(probability_happy)


def likelier_mood(probability_happy: float) -> Verdict:
    """Return happy or sad, whichever has the higher probability; happy at 0.5."""
    return Verdict.HAPPY if probability_happy >= 0.5 else Verdict.SAD


def confidence_of(probability_happy: float) -> float:
    """Return the probability of the likelier mood, 0.5 to 1."""
    return max(probability_happy, 1.0 - probability_happy)
