"""Whether a new version may serve: champion against challenger, on the same faces."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluation.metrics import (
    RESAMPLES,
    Interval,
    bootstrap_share,
    expected_calibration_error,
)
from model.messages import Reason
from model.retraining import gate_messages as sentences
from model.retraining.gate_messages import RejectionReason

MARGIN = 0.005  # of the accuracy on the old validation faces that may be lost
ECE_MARGIN = 0.01
TIME_RATIO = 1.5  # of the time an answer takes
_SEED = 1

Floats = NDArray[np.float64]
VALIDATION, CORRECTIONS = "base validation", "corrections"


@dataclass(frozen=True)
class PairedPredictions:
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
class ChampionChallenger:
    """All that the gate knows.

    Args:
        validation: answers to faces that no version ever learned from.
        corrections: answers to lessons that the answering model did not learn from; nobody's
            weigh much more than another's.
        balance: (count,), how many times each of these counts, so that reports of mistakes alone
            decide nothing.
        held_out: how many of the corrections are never learned from; the others were answered by
            networks that learned without them (cross-validation), if there are others.
        since_shipped: the answers of the shipped model, in the champion's place, to the faces of
            `validation`; None if it is the champion, or cannot be asked.
    """

    validation: PairedPredictions
    corrections: PairedPredictions
    balance: Floats
    held_out: int
    since_shipped: PairedPredictions | None = None

    def figures(self) -> tuple[Figures, Figures]:
        """The figures of the champion and of the challenger."""
        sets = {VALIDATION: self.validation, CORRECTIONS: self.corrections}
        return (
            Figures({name: _figures(one.before, one.labels) for name, one in sets.items()}),
            Figures({name: _figures(one.after, one.labels) for name, one in sets.items()}),
        )


def judge(
    evidence: ChampionChallenger, milliseconds: tuple[float, float]
) -> tuple[bool, tuple[Reason, ...]]:
    """Decide.

    Args:
        evidence: the answers of both.
        milliseconds: that an answer takes, of the champion and of the challenger.

    Returns:
        Whether the challenger may serve, and why: if not, what speaks against it.
    """
    checks = [
        _better_on_corrections(evidence),
        _no_worse_on_validation(evidence),
        _as_honest(evidence.validation),
        _as_fast(*milliseconds),
    ]
    passed = all(ok for ok, _ in checks)
    return passed, tuple(reason for ok, reason in checks if passed or not ok)


def _better_on_corrections(evidence: ChampionChallenger) -> tuple[bool, Reason]:
    answered = evidence.corrections
    before, after = answered.rights()
    gain = answered.gain()
    balanced = replace(answered, weights=answered.weights * evidence.balance).gain()
    doubt = None
    if gain.value > 0 and gain.low <= 0:
        doubt = RejectionReason.CHANCE
    elif gain.value > 0 and balanced.value <= 0:
        doubt = RejectionReason.SPOILT
    elif gain.value <= 0 < after - before:
        doubt = RejectionReason.ALONE
    count = len(answered.labels)
    held_out = count == evidence.held_out
    reason = sentences.on_corrections(count, (before, after), doubt, held_out=held_out)
    return doubt is None and gain.value > 0, reason


def _no_worse_on_validation(evidence: ChampionChallenger) -> tuple[bool, Reason]:
    answered, since_shipped = evidence.validation, evidence.since_shipped
    count, rights, gain = len(answered.labels), answered.rights(), answered.gain()
    if gain.value < -MARGIN:
        return False, sentences.lost_on_validation(count, rights, gain, MARGIN)
    # Losses that each retraining may have must not add up over many.
    if since_shipped is not None and (whole := since_shipped.gain()).value < -MARGIN:
        return False, sentences.lost_since_shipped(count, since_shipped.rights(), whole, MARGIN)
    return True, sentences.on_validation(count, rights, gain)


def _as_honest(answered: PairedPredictions) -> tuple[bool, Reason]:
    before, after = (
        _error(answered.before, answered.labels),
        _error(answered.after, answered.labels),
    )
    return after <= before + ECE_MARGIN, sentences.honesty(before, after)


def _as_fast(before: float, after: float) -> tuple[bool, Reason]:
    return after <= TIME_RATIO * before, sentences.speed(before, after)


def _figures(probabilities: Floats, labels: NDArray[np.intp]) -> dict[str, Any]:
    right = _right(probabilities, labels)
    share = bootstrap_share(right)
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
