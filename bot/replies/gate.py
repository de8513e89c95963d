"""Why a retrained version was promoted or kept, in words that are stored with the run.

Each sentence is whole, whatever it has in common with others: only so can it be translated.
"""

from collections.abc import Sequence

from bot.i18n import N_, StoredMessage, _
from bot.replies.retraining_errors import is_active_version_changed
from model.retraining.promotion_gate import (
    CalibrationCheck,
    Check,
    CorrectionsCheck,
    GateResult,
    NeutralCheck,
    RejectionReason,
    ValidationCheck,
)

_HELD_OUT = {
    None: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times."
    ),
    RejectionReason.CHANCE: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times: so small a gain may be chance."
    ),
    RejectionReason.UNBALANCED: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but people report mistakes rather than right answers, "
        "of which it spoils too many."
    ),
    RejectionReason.SINGLE_USER: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but not if nobody decides alone."
    ),
    RejectionReason.UNRELATED: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but it corrects no more of these mistakes than of any "
        "others, so they have little in common."
    ),
    RejectionReason.LITTLE: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but of the next 100 answers, less than one more should "
        "be right."
    ),
}
_CROSS_VALIDATED = {
    None: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times."
    ),
    RejectionReason.CHANCE: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times: so small a gain may be "
        "chance."
    ),
    RejectionReason.UNBALANCED: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but people report mistakes "
        "rather than right answers, of which it spoils too many."
    ),
    RejectionReason.SINGLE_USER: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but not if nobody decides "
        "alone."
    ),
    RejectionReason.UNRELATED: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but it corrects no more of "
        "these mistakes than of any others, so they have little in common."
    ),
    RejectionReason.LITTLE: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but of the next 100 answers, "
        "less than one more should be right."
    ),
}
_MEANING = N_(
    "It corrects {corrected} of these mistakes and spoils {spoiled} of these right answers. Of the "
    "next 100 answers, about {gained} more should be right."
)
_VALIDATION = N_(
    "On the {count} old validation faces it is right {after} times, the model in service "
    "{before} times ({gain} points, 90 % between {low} and {high})."
)
_LOST = N_(
    "On the {count} old validation faces it is right {after} times, the model in service "
    "{before} times ({gain} points, 90 % between {low} and {high}): more than {margin} points "
    "are lost."
)
_LOST_SINCE_SHIPPED = N_(
    "On the {count} old validation faces it is right {after} times, the shipped model "
    "{before} times ({gain} points, 90 % between {low} and {high}): over all retrainings more "
    "than {margin} points are lost."
)
_LOST_BALANCED = N_(
    "On the {count} old validation faces it is worse than the model in service by {loss} points "
    "if happy and sad faces count the same. On other faces it could be {most} points; less than "
    "{margin} must be certain."
)
_LOST_BALANCED_SINCE_SHIPPED = N_(
    "On the {count} old validation faces it is worse than the shipped model by {loss} points "
    "if happy and sad faces count the same. On other faces it could be {most} points; less than "
    "{margin} must be certain."
)
# Not said any more, but stored with runs of earlier versions.
_LOST_BALANCED_BEFORE = (
    N_(
        "On the {count} old validation faces it is worse than the model in service by {loss} "
        "points if happy and sad faces count the same: more than {margin} points are lost."
    ),
    N_(
        "On the {count} old validation faces it is worse than the shipped model by {loss} points "
        "if happy and sad faces count the same: more than {margin} points are lost."
    ),
)
_ALL_LOST = (
    _LOST,
    _LOST_SINCE_SHIPPED,
    _LOST_BALANCED,
    _LOST_BALANCED_SINCE_SHIPPED,
    *_LOST_BALANCED_BEFORE,
)
_CALIBRATION = N_("Its confidence is off by {after} points on average, before {before}.")
_NEUTRAL = N_(
    "Of the {count} old neutral faces it is sure that {after} are happy or sad, the model in "
    "service that {before} are."
)
_MORE_ON_NEUTRAL = N_(
    "Of the {count} old neutral faces it is sure that {after} are happy or sad, the model in "
    "service that {before} are: more than {margin} points more."
)
_MORE_ON_NEUTRAL_SINCE_SHIPPED = N_(
    "Of the {count} old neutral faces it is sure that {after} are happy or sad, the shipped model "
    "that {before} are: over all retrainings more than {margin} points more."
)
# Not said any more, but stored with runs of earlier versions.
_LITTLE_MEANING = N_(
    "It corrects {corrected} of these mistakes and spoils {spoiled} of these right answers. Of the "
    "next 100 answers, less than one more should be right."
)
_SPEED = N_("It takes {after} ms for a face, the model in service {before} ms.")


def gate_reasons(result: GateResult) -> tuple[StoredMessage, ...]:
    """Word the checks that decided, and what a gain means."""
    reasons = []
    for check in result.decisive_checks:
        reasons.append(_describe(check))
        if isinstance(check, CorrectionsCheck) and check.passed:
            reasons.append(_meaning(check))
    return tuple(reasons)


def summarize_rejection(reasons: Sequence[StoredMessage]) -> str:
    """Say in one plain sentence why a version was not promoted.

    Args:
        reasons: what was stored with its run: the failed checks, first the corrections; or all
            checks, and that another version became active.
    """
    if any(map(is_active_version_changed, reasons)):
        return _("Better, but another model came into use meanwhile, so I kept that one")
    first = reasons[0].text if reasons else ""
    if first in _ALL_LOST:
        return _("Better on the corrections but worse on old faces, so I kept the old one")
    if first == _CALIBRATION:
        return _("Better, but less honest about how sure it is, so I kept the old one")
    if first in (_MORE_ON_NEUTRAL, _MORE_ON_NEUTRAL_SINCE_SHIPPED):
        return _("Better, but it takes more neutral faces for happy or sad, so I kept the old one")
    return _summary_of_corrections(first)


def _summary_of_corrections(reason: str) -> str:
    for texts in (_HELD_OUT, _CROSS_VALIDATED):
        if reason == texts[None]:
            return _("No better than the old one, so I kept the old one")
        if reason == texts[RejectionReason.CHANCE]:
            return _("Perhaps better, but it may be chance, so I kept the old one")
        if reason == texts[RejectionReason.UNBALANCED]:
            return _("Corrects mistakes but spoils too many right answers, so I kept the old one")
        if reason == texts[RejectionReason.SINGLE_USER]:
            return _("Better only where one person decides, so I kept the old one")
        if reason == texts[RejectionReason.UNRELATED]:
            return _("The mistakes have little in common, so I kept the old one")
        if reason == texts[RejectionReason.LITTLE]:
            return _("Hardly better for the next photos, so I kept the old one")
    return _("I kept the old one")


def _describe(check: Check) -> StoredMessage:
    if isinstance(check, CorrectionsCheck):
        return _corrections(check)
    if isinstance(check, ValidationCheck):
        return _validation(check)
    if isinstance(check, NeutralCheck):
        return _neutral(check)
    return _calibration(check)


def _corrections(check: CorrectionsCheck) -> StoredMessage:
    texts = _HELD_OUT if check.held_out else _CROSS_VALIDATED
    return StoredMessage(texts[check.rejection], _counts(check))


def _meaning(check: CorrectionsCheck) -> StoredMessage:
    values = {
        "corrected": str(check.corrected),
        "spoiled": str(check.spoiled),
        "gained": f"{100 * check.share_gained:.0f}",
    }
    return StoredMessage(_MEANING, values)


def _validation(check: ValidationCheck) -> StoredMessage:
    shares = {"gain": check.gain.value, "low": check.gain.low, "high": check.gain.high}
    values = _counts(check) | {name: f"{100 * share:+.1f}" for name, share in shares.items()}
    if check.passed:
        return StoredMessage(_VALIDATION, values)
    if check.gain.value >= -check.max_loss:
        return _lost_balance(check)
    text = _LOST_SINCE_SHIPPED if check.since_shipped else _LOST
    return StoredMessage(text, values | {"margin": f"{100 * check.max_loss:g}"})


def _lost_balance(check: ValidationCheck) -> StoredMessage:
    text = _LOST_BALANCED_SINCE_SHIPPED if check.since_shipped else _LOST_BALANCED
    values = {
        "count": str(check.count),
        "loss": f"{-100 * check.balanced_gain.value:.1f}",
        "most": f"{-100 * check.balanced_gain.low:.1f}",
        "margin": f"{100 * check.max_balanced_loss:g}",
    }
    return StoredMessage(text, values)


def _calibration(check: CalibrationCheck) -> StoredMessage:
    values = {"after": f"{100 * check.after:.1f}", "before": f"{100 * check.before:.1f}"}
    return StoredMessage(_CALIBRATION, values)


def _neutral(check: NeutralCheck) -> StoredMessage:
    if check.passed:
        return StoredMessage(_NEUTRAL, _counts(check))
    text = _MORE_ON_NEUTRAL_SINCE_SHIPPED if check.since_shipped else _MORE_ON_NEUTRAL
    return StoredMessage(text, _counts(check) | {"margin": f"{100 * check.max_increase:g}"})


def _counts(check: CorrectionsCheck | ValidationCheck | NeutralCheck) -> dict[str, str]:
    return {"count": str(check.count), "before": str(check.before), "after": str(check.after)}
