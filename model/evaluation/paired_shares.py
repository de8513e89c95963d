"""Intervals of the difference of two models' accuracies on the same faces."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt

from model.evaluation.intervals import Interval

ONE_SIDED_95 = 1.644854  # the 95 % quantile of the standard normal distribution
_HALVINGS = 50


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Faces of one kind that two models were asked about.

    Attributes:
        count: all of them, at least 1.
        gained: those that only the second model is right about.
        lost: those that only the first model is right about.
    """

    count: int
    gained: int
    lost: int


def paired_gain(counts: PairedCounts, z: float = ONE_SIDED_95) -> Interval:
    """Return the gain of the second model in accuracy, with the score interval.

    The interval (Tango 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B)
    also holds for few differences and for none, of which a bootstrap would say that there is
    certainly none on other faces.

    Args:
        counts: the faces.
        z: quantile of the standard normal distribution; by default, each end is that of a one-sided
            95 % interval.
    """
    value = (counts.gained - counts.lost) / counts.count
    return Interval(value, _end(counts, value, -1.0, -z), _end(counts, value, 1.0, z))


def mean_gain(gains: Sequence[Interval]) -> Interval:
    """Return the mean of independent gains, with an interval of the same level.

    Intervals are combined by recovering the variances at their ends (MOVER; Zou & Donner 2008,
    doi:10.1002/sim.3095).
    """
    value = sum(gain.value for gain in gains) / len(gains)
    below = hypot(*(gain.value - gain.low for gain in gains)) / len(gains)
    above = hypot(*(gain.high - gain.value for gain in gains)) / len(gains)
    return Interval(value, value - below, value + above)


def _end(counts: PairedCounts, inside: float, outside: float, z: float) -> float:
    """Return the gain between two others at which the score statistic is -z, by bisection."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if abs(_score(counts, middle)) < abs(z):
            inside = middle
        else:
            outside = middle
    return inside


def _score(counts: PairedCounts, gain: float) -> float:
    """Return the score statistic of the hypothesis that the gain is this one."""
    count, gained, lost = counts.count, counts.gained, counts.lost
    difference = gained - lost - count * gain
    # The likeliest share of faces that are lost if the gain is as supposed.
    slope = -gained - lost + (2 * count - gained + lost) * gain
    root = sqrt(max(0.0, slope**2 + 8 * count * lost * gain * (1 - gain)))
    share = (root - slope) / (4 * count)
    variance = count * (2 * share + gain * (1 - gain))
    return difference / sqrt(variance) if variance > 0 else 0.0
