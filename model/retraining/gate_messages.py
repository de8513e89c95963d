"""Every sentence in which the gate gives its reasons.

Each is a whole one, whatever it has in common with others: only so can it be translated.
"""

from enum import Enum, auto

from model.evaluation.metrics import Interval
from model.messages import N_, Reason


class RejectionReason(Enum):
    """Why more right answers to the corrections may be no improvement."""

    CHANCE = auto()  # it may have been luck
    SPOILT = auto()  # it was paid for with answers that were right, and so are reported less
    ALONE = auto()  # it is what a single person says


_HELD_OUT = {
    None: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times."
    ),
    RejectionReason.CHANCE: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times: so small a gain may be chance."
    ),
    RejectionReason.SPOILT: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but people report mistakes rather than right answers, "
        "of which it spoils too many."
    ),
    RejectionReason.ALONE: N_(
        "On the {count} corrections and confirmations held out it is right {after} times, the "
        "model in service {before} times; but not if nobody decides alone."
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
    RejectionReason.SPOILT: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but people report mistakes "
        "rather than right answers, of which it spoils too many."
    ),
    RejectionReason.ALONE: N_(
        "On {count} corrections and confirmations that it had not learned from at that point it "
        "is right {after} times, the model in service {before} times; but not if nobody decides "
        "alone."
    ),
}


def on_corrections(
    count: int, rights: tuple[int, int], doubt: RejectionReason | None, *, held_out: bool
) -> Reason:
    """What became of the corrections.

    Args:
        count: of them.
        rights: right answers of the champion and of the challenger.
        doubt: what speaks against them, if anything does.
        held_out: whether none of them is ever learned from.
    """
    texts = _HELD_OUT if held_out else _CROSS_VALIDATED
    return Reason(texts[doubt], _counts(count, rights))


def on_validation(count: int, rights: tuple[int, int], gain: Interval) -> Reason:
    """What became of the old faces.

    Args:
        count: of them.
        rights: right answers of the champion and of the challenger.
        gain: by how much the challenger's are more, as a share of all.
    """
    text = N_(
        "On the {count} old validation faces it is right {after} times, the model in service "
        "{before} times ({gain} points, 90 % between {low} and {high})."
    )
    return Reason(text, {**_counts(count, rights), **_points(gain)})


def lost_on_validation(
    count: int, rights: tuple[int, int], gain: Interval, margin: float
) -> Reason:
    """The same, where it is worse by more than `margin`, a share of all."""
    text = N_(
        "On the {count} old validation faces it is right {after} times, the model in service "
        "{before} times ({gain} points, 90 % between {low} and {high}): more than {margin} points "
        "are lost."
    )
    return Reason(text, _lost(count, rights, gain, margin))


def lost_since_shipped(
    count: int, rights: tuple[int, int], gain: Interval, margin: float
) -> Reason:
    """The same, where it is worse than the shipped model, in the champion's place."""
    text = N_(
        "On the {count} old validation faces it is right {after} times, the shipped model "
        "{before} times ({gain} points, 90 % between {low} and {high}): over all retrainings more "
        "than {margin} points are lost."
    )
    return Reason(text, _lost(count, rights, gain, margin))


def honesty(before: float, after: float) -> Reason:
    """How far the confidence of both is from the truth, as shares."""
    text = N_("Its confidence is off by {after} points on average, before {before}.")
    return Reason(text, {"after": f"{100 * after:.1f}", "before": f"{100 * before:.1f}"})


def speed(before: float, after: float) -> Reason:
    """How long both take for an answer, in milliseconds."""
    text = N_("It takes {after} ms for a face, the model in service {before} ms.")
    return Reason(text, {"after": f"{after:.1f}", "before": f"{before:.1f}"})


def _lost(count: int, rights: tuple[int, int], gain: Interval, margin: float) -> dict[str, str]:
    return {**_counts(count, rights), **_points(gain), "margin": f"{100 * margin:g}"}


def _counts(count: int, rights: tuple[int, int]) -> dict[str, str]:
    before, after = rights
    return {"count": str(count), "before": str(before), "after": str(after)}


def _points(gain: Interval) -> dict[str, str]:
    shares = {"gain": gain.value, "low": gain.low, "high": gain.high}
    return {name: f"{100 * share:+.1f}" for name, share in shares.items()}
