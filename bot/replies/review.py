"""Texts for admins about corrections that await a review."""

from bot.i18n import _, ngettext
from bot.replies import photos as replies
from bot.replies.verdicts import verdict
from bot.storage.accepted_labels import Decision
from bot.storage.reviews import PendingCorrection, ReviewOutcome, ReviewRecord


def nothing_left() -> str:
    return _("Nothing left to review.")


def pending(correction: PendingCorrection) -> str:
    """Return the caption of a correction: the verdict, the label, and the user's record."""
    waiting = ngettext("{count} to review", "{count} to review", correction.waiting)
    lines = [
        _("I said: {verdict} ({model}).").format(
            verdict=verdict(correction), model=correction.model_version
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
            Decision.SKIPPED: _("Skipped. It will come back after the others."),
        }
        return done[decision]
    others = {
        ReviewOutcome.DECIDED: _("Already decided: the first decision stands."),
        ReviewOutcome.CHANGED: _("The user has changed their mind since. Nothing was recorded."),
        ReviewOutcome.GONE: _("I no longer have this correction. Nothing was recorded."),
    }
    return others.get(result)


def was_set_aside(record: ReviewRecord) -> str:
    return _(
        "From now on I ignore the corrections of user {user}, for learning and in reviews. {record}"
    ).format(user=record.user_id, record=_record(record))


def set_aside(records: list[ReviewRecord]) -> str:
    lines = [
        _("User {user}. {record}").format(user=record.user_id, record=_record(record))
        for record in records
    ]
    title = _("Ignored, because their corrections kept being rejected:")
    return "\n".join([title, *lines])


def restore_button(user_id: int) -> str:
    return _("Stop ignoring {user}").format(user=user_id)


def restored(user_id: int, done: bool) -> str:
    """Return the reply to the tap that restores a user.

    Args:
        user_id: the user.
        done: False if the user was not set aside.
    """
    if done:
        return _("User {user}'s corrections count again after review.").format(user=user_id)
    return _("User {user} is not ignored.").format(user=user_id)


def nobody_set_aside() -> str:
    return _("Nobody is ignored.")


def _record(record: ReviewRecord) -> str:
    if not record.accepted + record.rejected:
        return _("None of their corrections has been reviewed yet.")
    return _("So far {accepted} accepted, {rejected} rejected.").format(
        accepted=record.accepted, rejected=record.rejected
    )
