"""The two moods, the answer in between, and their order in the network's output."""

from enum import StrEnum


class Verdict(StrEnum):
    """What is answered about a face or a photo."""

    HAPPY = "happy"
    SAD = "sad"
    UNSURE = "unsure"


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
    return leaning_of(probability_happy)


def leaning_of(probability_happy: float) -> Verdict:
    """The likelier of the two moods, however slight its lead.

    Args:
        probability_happy: 0 to 1; 0.5 counts as happy.
    """
    return Verdict.HAPPY if probability_happy >= 0.5 else Verdict.SAD


def confidence_of(probability_happy: float) -> float:
    """The probability of the likelier mood, 0.5 to 1."""
    return max(probability_happy, 1.0 - probability_happy)
