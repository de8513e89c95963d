"""Whether a new version may serve: champion against challenger, on the same faces."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluation import (
    RESAMPLES,
    Interval,
    expected_calibration_error,
    share_with_interval,
)

MARGIN = 0.005  # of the accuracy on the old validation faces that may be lost
ECE_MARGIN = 0.01
TIME_RATIO = 1.5  # of the time an answer takes
_SEED = 1

Floats = NDArray[np.float64]
VALIDATION, CORRECTIONS = "base validation", "corrections"


@dataclass(frozen=True)
class Answered:
    """The answers of both models to the same faces.

    Args:
        labels: (count,), 1 for happy, 0 for sad.
        before: (count,), the champion's calibrated probabilities of happy.
        after: (count,), the challenger's.
        weights: (count,), how much each face counts.
    """

    labels: NDArray[np.intp]
    before: Floats
    after: Floats
    weights: Floats

    def gain(self) -> Interval:
        """By how much more of the weight the challenger is right, and its paired interval.

        Faces are drawn with replacement, each with both answers (Efron 1979), which leaves out
        what makes faces hard for both. The ends are those of the one-sided 95 % intervals.
        """
        right_before = _right(self.before, self.labels)
        right_after = _right(self.after, self.labels)
        difference = (right_after.astype(float) - right_before) * self.weights
        rng = np.random.default_rng(_SEED)
        draws = np.empty(RESAMPLES)
        for index in range(RESAMPLES):
            drawn = rng.integers(0, len(difference), len(difference))
            draws[index] = difference[drawn].sum() / self.weights[drawn].sum()
        low, high = np.percentile(draws, [5, 95])
        value = difference.sum() / self.weights.sum()
        return Interval(float(value), float(low), float(high))

    def rights(self) -> tuple[int, int]:
        """How many answers of each are right."""
        return (
            int(_right(self.before, self.labels).sum()),
            int(_right(self.after, self.labels).sum()),
        )


@dataclass(frozen=True)
class Figures:
    """What one model's answers are worth, by set of faces."""

    content: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """For each set: accuracy, its 95 % interval low to high, ece, n, and confusion, a row
        for happy and for sad faces, a column for happy and for sad answers."""
        return self.content


@dataclass(frozen=True)
class Evidence:
    """All that the gate knows.

    Args:
        validation: answers to faces that no version ever learned from.
        corrections: answers to lessons that the answering model did not learn from; nobody's
            weigh much more than another's.
        balance: (count,), how many times each of these counts, so that reports of mistakes alone
            decide nothing.
        held_out: how many of the corrections are never learned from; the others were answered by
            networks that learned without them (cross-validation), if there are others.
    """

    validation: Answered
    corrections: Answered
    balance: Floats
    held_out: int

    def figures(self) -> tuple[Figures, Figures]:
        """The figures of the champion and of the challenger."""
        sets = {VALIDATION: self.validation, CORRECTIONS: self.corrections}
        return (
            Figures({name: _figures(one.before, one.labels) for name, one in sets.items()}),
            Figures({name: _figures(one.after, one.labels) for name, one in sets.items()}),
        )


def judge(evidence: Evidence, milliseconds: tuple[float, float]) -> tuple[bool, tuple[str, ...]]:
    """Decide.

    Args:
        evidence: the answers of both.
        milliseconds: that an answer takes, of the champion and of the challenger.

    Returns:
        Whether the challenger may serve, and why: if not, what speaks against it.
    """
    checks = [
        _better_on_corrections(evidence),
        _no_worse_on_validation(evidence.validation),
        _as_honest(evidence.validation),
        _as_fast(*milliseconds),
    ]
    passed = all(ok for ok, _ in checks)
    return passed, tuple(reason for ok, reason in checks if passed or not ok)


def _better_on_corrections(evidence: Evidence) -> tuple[bool, str]:
    answered = evidence.corrections
    before, after = answered.rights()
    count, held_out = len(answered.labels), evidence.held_out
    if count == held_out:
        which = f"the {count} corrections and confirmations held out"
    else:
        which = f"{count} corrections and confirmations that it had not learned from at that point"
    text = f"On {which} it is right {after} times, the model in service {before} times"
    gain = answered.gain()
    balanced = replace(answered, weights=answered.weights * evidence.balance).gain()
    if gain.value > 0 and gain.low <= 0:
        return False, f"{text}: so small a gain may be chance."
    if gain.value > 0 and balanced.value <= 0:
        return False, (
            f"{text}; but people report mistakes rather than right answers, of which it spoils too "
            "many."
        )
    if gain.value <= 0 < after - before:
        return False, f"{text}; but not if nobody decides alone."
    return gain.value > 0, f"{text}."


def _no_worse_on_validation(answered: Answered) -> tuple[bool, str]:
    gain = answered.gain()
    before, after = answered.rights()
    points = [f"{100 * value:+.1f}" for value in (gain.value, gain.low, gain.high)]
    text = (
        f"On the {len(answered.labels)} old validation faces it is right {after} times, the model "
        f"in service {before} times ({points[0]} points, 90 % between {points[1]} and {points[2]})"
    )
    if gain.value < -MARGIN:
        return False, f"{text}: more than {100 * MARGIN:g} points are lost."
    return True, f"{text}."


def _as_honest(answered: Answered) -> tuple[bool, str]:
    before, after = (
        _error(answered.before, answered.labels),
        _error(answered.after, answered.labels),
    )
    text = (
        f"Its confidence is off by {100 * after:.1f} points on average, before {100 * before:.1f}"
    )
    return after <= before + ECE_MARGIN, f"{text}."


def _as_fast(before: float, after: float) -> tuple[bool, str]:
    text = f"It takes {after:.1f} ms for a face, the model in service {before:.1f} ms"
    return after <= TIME_RATIO * before, f"{text}."


def _figures(probabilities: Floats, labels: NDArray[np.intp]) -> dict[str, Any]:
    right = _right(probabilities, labels)
    share = share_with_interval(right)
    says_happy = probabilities >= 0.5
    return {
        "accuracy": share.value,
        "low": share.low,
        "high": share.high,
        "ece": _error(probabilities, labels),
        "n": len(labels),
        "confusion": [
            [int((says & (labels == label)).sum()) for says in (says_happy, ~says_happy)]
            for label in (1, 0)
        ],
    }


def _error(probabilities: Floats, labels: NDArray[np.intp]) -> float:
    confidence = np.maximum(probabilities, 1 - probabilities)
    return expected_calibration_error(confidence, _right(probabilities, labels))


def _right(probabilities: Floats, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray((probabilities >= 0.5) == (labels == 1))
