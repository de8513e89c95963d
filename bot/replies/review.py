"""Texts for admins about corrections that await a review."""

from bot.i18n import _, ngettext
from bot.replies import photos as replies
from bot.storage.accepted_labels import Decision
from bot.storage.reviews import PendingCorrection, ReviewOutcome, ReviewRecord


def nothing_left() -> str:
    return _("Nothing is left to review.")


def pending(correction: PendingCorrection) -> str:
    """Return the caption of a correction: the verdict, the label, and the user's record."""
    waiting = ngettext("{count} to review", "{count} to review", correction.waiting)
    lines = [
        _("I said: {verdict} ({model}).").format(
            verdict=replies.verdict(correction).rstrip("."), model=correction.model_version
        ),
        _("User {user} says: {label}.").format(
            user=correction.author.user_id, label=replies.label_name(correction.label)
        ),
        _record(correction.author),
        waiting.format(count=correction.waiting),
    ]
    return "\n".join(lines)


def decision_button(decision: Decision) -> str:
    texts = {
        Decision.ACCEPTED: _("✔ Accept"),
        Decision.REJECTED: _("✘ Reject"),
        Decision.SKIPPED: _("Skip"),
    }
    return texts[decision]


def outcome(decision: Decision, result: ReviewOutcome) -> str | None:
    """Return the reply to a decision, or None if there is nothing to say."""
    if result is ReviewOutcome.STORED:
        done = {
            Decision.ACCEPTED: _("Accepted."),
            Decision.REJECTED: _("Rejected."),
            Decision.SKIPPED: _("Skipped; it comes again, after the others."),
        }
        return done[decision]
    others = {
        ReviewOutcome.DECIDED: _("This was decided already: the first decision stands."),
        ReviewOutcome.CHANGED: _("The user has changed their mind meanwhile. Nothing was noted."),
        ReviewOutcome.GONE: _("I no longer have this correction. Nothing was noted."),
    }
    return others.get(result)


def was_set_aside(record: ReviewRecord) -> str:
    return _(
        "User {user} is set aside: what they say does not count any more, neither for learning nor "
        "in reviews. {record}"
    ).format(user=record.user_id, record=_record(record))


def set_aside(records: list[ReviewRecord]) -> str:
    lines = [
        _("User {user}. {record}").format(user=record.user_id, record=_record(record))
        for record in records
    ]
    title = _("Set aside, because their corrections kept being rejected:")
    return "\n".join([title, *lines])


def restore_button(user_id: int) -> str:
    return _("Restore {user}").format(user=user_id)


def restored(user_id: int, done: bool) -> str:
    """Return the reply to the tap that restores a user.

    Args:
        user_id: the user.
        done: False if the user was not set aside.
    """
    if done:
        return _("What user {user} says counts again, once it is reviewed.").format(user=user_id)
    return _("User {user} is not set aside.").format(user=user_id)


def nobody_set_aside() -> str:
    return _("Nobody is set aside.")


def _record(record: ReviewRecord) -> str:
    if not record.accepted + record.rejected:
        return _("Nothing of theirs was reviewed yet.")
    return _("So far {accepted} of theirs accepted, {rejected} rejected.").format(
        accepted=record.accepted, rejected=record.rejected
    )
