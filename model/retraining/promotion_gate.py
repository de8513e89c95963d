"""Promotion gate: may a retrained model (challenger) replace the active one (champion)?

Both answer the same faces. The result holds numbers only; `bot.replies.gate` words it.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.evaluation.intervals import Interval
from model.evaluation.metrics import RESAMPLES, expected_calibration_error, share_of

MAX_ACCURACY_LOSS = 0.005  # on the validation faces
MAX_ECE_INCREASE = 0.01
_SEED = 1

Floats = NDArray[np.float64]
# By set of faces: accuracy, its 95 % interval low to high, ece, n, and confusion with a row for
# happy and for sad faces and a column for happy and for sad answers. All of it fits into JSON.
GateMetrics = dict[str, dict[str, Any]]
VALIDATION, CORRECTIONS = "base validation", "corrections"


class RejectionReason(Enum):
    """Why more right answers on the corrections do not count as an improvement."""

    CHANCE = auto()  # the interval of the gain includes zero
    UNBALANCED = auto()  # answers that were right, which people report less often, get worse
    SINGLE_USER = auto()  # the gain vanishes when no user may outweigh the others


@dataclass(frozen=True)
class PairedPredictions:
    """The answers of both models to the same faces.

    Attributes:
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
        """Return the weighted accuracy gain of the challenger, with a paired bootstrap interval.

        Faces are drawn with replacement, each with both answers (Efron 1979), so what makes a face
        hard for both models cancels out. The ends are those of the one-sided 95 % intervals.
        """
        correct_before = _is_correct(self.before, self.labels)
        correct_after = _is_correct(self.after, self.labels)
        difference = (correct_after.astype(float) - correct_before) * self.weights
        rng = np.random.default_rng(_SEED)
        draws = np.empty(RESAMPLES)
        for index in range(RESAMPLES):
            drawn = rng.integers(0, len(difference), len(difference))
            draws[index] = difference[drawn].sum() / self.weights[drawn].sum()
        low, high = np.percentile(draws, [5, 95])
        value = difference.sum() / self.weights.sum()
        return Interval(float(value), float(low), float(high))

    def correct_counts(self) -> tuple[int, int]:
        """Return how many answers of the champion and of the challenger are right."""
        return (
            int(_is_correct(self.before, self.labels).sum()),
            int(_is_correct(self.after, self.labels).sum()),
        )


@dataclass(frozen=True)
class ChampionChallenger:
    """The answers that the gate decides on.

    Attributes:
        validation: answers to faces that no version ever trained on.
        corrections: answers to samples that the answering model did not train on; the weights
            limit the influence of each user.
        balance: (count,), factors for the weights of `corrections` that make up for mistakes being
            reported more often than right answers.
        held_out: how many of the corrections are never trained on. The others, if there are any,
            were answered by networks trained without them (cross-validation).
        since_shipped: the answers to the faces of `validation` with the shipped model in the
            champion's place; None if it is the champion, or cannot be asked.
    """

    validation: PairedPredictions
    corrections: PairedPredictions
    balance: Floats
    held_out: int
    since_shipped: PairedPredictions | None = None

    def metrics(self) -> tuple[GateMetrics, GateMetrics]:
        """Return the metrics of the champion and of the challenger."""
        sets = {VALIDATION: self.validation, CORRECTIONS: self.corrections}
        return (
            {name: _metrics(pair.before, pair.labels) for name, pair in sets.items()},
            {name: _metrics(pair.after, pair.labels) for name, pair in sets.items()},
        )


@dataclass(frozen=True)
class CorrectionsCheck:
    """Whether the challenger is right more often on corrections and confirmations.

    Attributes:
        count: faces compared.
        before: right answers of the champion.
        after: right answers of the challenger.
        held_out: whether none of the faces is ever trained on; false if some were measured by
            cross-validation.
        rejection: why more right answers do not count, if they do not.
    """

    passed: bool
    count: int
    before: int
    after: int
    held_out: bool
    rejection: RejectionReason | None = None


@dataclass(frozen=True)
class ValidationCheck:
    """Whether the challenger keeps the accuracy on the validation faces.

    Attributes:
        count: faces compared.
        before: right answers of the champion, or of the shipped model.
        after: right answers of the challenger.
        gain: gain in accuracy, -1 to 1.
        since_shipped: whether it is compared with the shipped model.
        max_loss: accuracy that may be lost, 0 to 1.
    """

    passed: bool
    count: int
    before: int
    after: int
    gain: Interval
    since_shipped: bool = False
    max_loss: float = MAX_ACCURACY_LOSS


@dataclass(frozen=True)
class CalibrationCheck:
    """Whether the challenger's confidence is about as honest as the champion's.

    Attributes:
        before: expected calibration error of the champion, 0 to 1.
        after: expected calibration error of the challenger.
    """

    passed: bool
    before: float
    after: float


Check = CorrectionsCheck | ValidationCheck | CalibrationCheck


@dataclass(frozen=True)
class GateResult:
    """The decision of the gate, and all checks it rests on."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether the challenger may replace the champion."""
        return all(check.passed for check in self.checks)

    @property
    def decisive_checks(self) -> tuple[Check, ...]:
        """The failed checks, or all of them if none failed."""
        return tuple(check for check in self.checks if self.passed or not check.passed)


def run_gate(comparison: ChampionChallenger) -> GateResult:
    """Decide whether the challenger may replace the champion."""
    return GateResult(
        (
            _check_corrections(comparison),
            _check_validation(comparison),
            _check_calibration(comparison.validation),
        )
    )


def _check_corrections(comparison: ChampionChallenger) -> CorrectionsCheck:
    pair = comparison.corrections
    before, after = pair.correct_counts()
    gain = pair.gain()
    balanced = replace(pair, weights=pair.weights * comparison.balance).gain()
    rejection = None
    if gain.value > 0 and gain.low <= 0:
        rejection = RejectionReason.CHANCE
    elif gain.value > 0 and balanced.value <= 0:
        rejection = RejectionReason.UNBALANCED
    elif gain.value <= 0 < after - before:
        rejection = RejectionReason.SINGLE_USER
    passed = rejection is None and gain.value > 0
    count = len(pair.labels)
    return CorrectionsCheck(passed, count, before, after, count == comparison.held_out, rejection)


def _check_validation(comparison: ChampionChallenger) -> ValidationCheck:
    check = _check_accuracy(comparison.validation)
    if check.passed and comparison.since_shipped is not None:
        # Losses that each retraining may have must not add up over many.
        in_total = _check_accuracy(comparison.since_shipped)
        if not in_total.passed:
            return replace(in_total, since_shipped=True)
    return check


def _check_accuracy(pair: PairedPredictions) -> ValidationCheck:
    gain = pair.gain()
    passed = gain.value >= -MAX_ACCURACY_LOSS
    return ValidationCheck(passed, len(pair.labels), *pair.correct_counts(), gain)


def _check_calibration(pair: PairedPredictions) -> CalibrationCheck:
    before, after = (
        _calibration_error(answers, pair.labels) for answers in (pair.before, pair.after)
    )
    return CalibrationCheck(after <= before + MAX_ECE_INCREASE, before, after)


def _metrics(probabilities: Floats, labels: NDArray[np.intp]) -> dict[str, Any]:
    correct = _is_correct(probabilities, labels)
    accuracy = share_of(correct)
    says_happy = probabilities >= 0.5
    return {
        "accuracy": accuracy.value,
        "low": accuracy.low,
        "high": accuracy.high,
        "ece": _calibration_error(probabilities, labels),
        "n": len(labels),
        "confusion": [
            [int((says & (labels == label)).sum()) for says in (says_happy, ~says_happy)]
            for label in (1, 0)
        ],
    }


def _calibration_error(probabilities: Floats, labels: NDArray[np.intp]) -> float:
    confidence = np.maximum(probabilities, 1 - probabilities)
    return expected_calibration_error(confidence, _is_correct(probabilities, labels))


def _is_correct(probabilities: Floats, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray((probabilities >= 0.5) == (labels == 1))
