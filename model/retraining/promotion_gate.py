"""Promotion gate: may a retrained model (challenger) replace the active one (champion)?

Both answer the same faces. The result holds numbers only; `bot.replies.gate` words it.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

from model.evaluation.intervals import Interval
from model.evaluation.significance import rank_sum_p_value, sign_test_p_value
from model.retraining.paired_predictions import (
    ChampionChallenger,
    PairedPredictions,
    SureOnNeutral,
    calibration_error,
)

MAX_ACCURACY_LOSS = 0.005  # on the validation faces; also of the balanced accuracy
# More of the balanced accuracy may be lost if it is certainly less than this: about the least that
# can be told, 19 times in 20, on some 400 sad faces, a few of which the models always differ on.
MAX_BALANCED_LOSS = 0.015
MAX_ECE_INCREASE = 0.01
MAX_MORE_SURE_ON_NEUTRAL = 0.02  # of the neutral faces
_CHANCE = 0.05  # p-values above it may well be chance
# The same for whether reported mistakes have more in common than others. Lower, as many small gains
# pass the other checks, and where there is something to learn p-values are below a millionth.
_UNRELATED = 0.001
# Of the next answers, this share more has to be right, so that about 1 of 100 is.
_MIN_SHARE_GAINED = 0.005


class RejectionReason(Enum):
    """Why more right answers on the corrections do not count as an improvement."""

    CHANCE = auto()  # as many gains may be luck
    UNBALANCED = auto()  # answers that were right, which people report less often, get worse
    SINGLE_USER = auto()  # the gain vanishes when no user may outweigh the others
    UNRELATED = auto()  # mistakes that nobody reported change for the better as much
    LITTLE = auto()  # hardly any of the next answers would be right in addition


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
        corrected: mistakes of the champion that the challenger does not make.
        spoiled: right answers of the champion that the challenger does not give.
        share_gained: how much more often the challenger is probably right about the pictures of
            these people, labelled or not, -1 to 1.
    """

    passed: bool
    count: int
    before: int
    after: int
    held_out: bool
    rejection: RejectionReason | None = None
    corrected: int = 0
    spoiled: int = 0
    share_gained: float = 0.0


@dataclass(frozen=True)
class ValidationCheck:
    """Whether the challenger keeps the accuracy on the validation faces.

    Attributes:
        count: faces compared.
        before: right answers of the champion, or of the shipped model.
        after: right answers of the challenger.
        gain: gain in accuracy, -1 to 1.
        balanced_gain: gain in balanced accuracy, -1 to 1; its ends are those of the one-sided 95 %
            intervals.
        since_shipped: whether it is compared with the shipped model.
        max_loss: accuracy that may be lost, 0 to 1.
        max_balanced_loss: balanced accuracy that must certainly not be lost, 0 to 1.
    """

    passed: bool
    count: int
    before: int
    after: int
    gain: Interval
    balanced_gain: Interval
    since_shipped: bool = False
    max_loss: float = MAX_ACCURACY_LOSS
    max_balanced_loss: float = MAX_BALANCED_LOSS


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


@dataclass(frozen=True)
class NeutralCheck:
    """Whether the challenger calls hardly more neutral faces surely happy or sad.

    Attributes:
        count: neutral faces compared.
        before: those that the champion, or the shipped model, calls happy or sad.
        after: those that the challenger calls so.
        since_shipped: whether it is compared with the shipped model.
        max_increase: share of the faces that may be called so in addition, 0 to 1.
    """

    passed: bool
    count: int
    before: int
    after: int
    since_shipped: bool = False
    max_increase: float = MAX_MORE_SURE_ON_NEUTRAL


Check = CorrectionsCheck | ValidationCheck | CalibrationCheck | NeutralCheck


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
    checks: tuple[Check, ...] = (
        _check_corrections(comparison),
        _check_validation(comparison),
        _check_calibration(comparison.validation),
    )
    if comparison.neutral is not None:
        checks += (_check_neutral(comparison.neutral),)
    return GateResult(checks)


def _check_corrections(comparison: ChampionChallenger) -> CorrectionsCheck:
    pair = comparison.corrections
    before, after = pair.correct_counts()
    changes = pair.changes()
    gain = pair.gain()
    rejection = None
    if gain.value > 0:
        rejection = _doubt(comparison, gain)
    elif after > before:
        rejection = RejectionReason.SINGLE_USER
    return CorrectionsCheck(
        passed=rejection is None and gain.value > 0,
        count=len(pair.labels),
        before=before,
        after=after,
        held_out=len(pair.labels) == comparison.held_out,
        rejection=rejection,
        corrected=changes.corrected,
        spoiled=changes.spoiled,
        share_gained=_share_gained(comparison),
    )


def _share_gained(comparison: ChampionChallenger) -> float:
    changes, wrong = comparison.corrections.changes(), comparison.wrong_share
    return wrong * changes.corrected_share - (1 - wrong) * changes.spoiled_share


def _doubt(comparison: ChampionChallenger, gain: Interval) -> RejectionReason | None:
    """Return why a gain on the corrections does not count, if it does not."""
    pair = comparison.corrections
    changes = pair.changes()
    # If all of a few faces are gains, so are all resamples of them: the interval says nothing.
    by_luck = sign_test_p_value(changes.corrected, changes.spoiled) > _CHANCE
    if gain.low <= 0 or by_luck:
        return RejectionReason.CHANCE
    if replace(pair, weights=pair.weights * comparison.balance).gain().value <= 0:
        return RejectionReason.UNBALANCED
    # People report mistakes. Any change of a network turns some of them into right answers, even if
    # they have nothing in common, and few samples tell which right answers it spoils. So these
    # answers have to improve more than those to the mistakes on faces that nobody reported. How far
    # each one has moved tells that from fewer faces than how many have become right.
    elsewhere = comparison.validation.mistakes_moved()
    if len(elsewhere) and rank_sum_p_value(pair.mistakes_moved(), elsewhere) > _UNRELATED:
        return RejectionReason.UNRELATED
    if _share_gained(comparison) < _MIN_SHARE_GAINED:
        return RejectionReason.LITTLE
    return None


def _check_validation(comparison: ChampionChallenger) -> ValidationCheck:
    check = _check_accuracy(comparison.validation)
    if check.passed and comparison.since_shipped is not None:
        # Losses that each retraining may have must not add up over many.
        in_total = _check_accuracy(comparison.since_shipped)
        if not in_total.passed:
            return replace(in_total, since_shipped=True)
    return check


def _check_accuracy(pair: PairedPredictions) -> ValidationCheck:
    gain, balanced = pair.gain(), pair.balanced_gain()
    keeps_balance = balanced.value >= -MAX_ACCURACY_LOSS or balanced.low > -MAX_BALANCED_LOSS
    passed = gain.value >= -MAX_ACCURACY_LOSS and keeps_balance
    return ValidationCheck(passed, len(pair.labels), *pair.correct_counts(), gain, balanced)


def _check_calibration(pair: PairedPredictions) -> CalibrationCheck:
    before, after = (
        calibration_error(answers, pair.labels) for answers in (pair.before, pair.after)
    )
    return CalibrationCheck(after <= before + MAX_ECE_INCREASE, before, after)


def _check_neutral(faces: SureOnNeutral) -> NeutralCheck:
    most = MAX_MORE_SURE_ON_NEUTRAL * faces.count
    passed = faces.after - faces.before <= most
    # As with the accuracy: small increases must not add up over many retrainings.
    if passed and faces.shipped is not None and faces.after - faces.shipped > most:
        return NeutralCheck(False, faces.count, faces.shipped, faces.after, since_shipped=True)
    return NeutralCheck(passed, faces.count, faces.before, faces.after)
