"""Replies to commands and taps that came too late to be followed."""

from bot.i18n import _
from bot.replies.quota import duration


def late_retrain(age_s: int) -> str:
    """Return the reply to a /retrain that was sent this many seconds ago."""
    return _(
        "This /retrain is from {time} ago, so I did not follow it. "
        "Please send it again if you still want it."
    ).format(time=duration(age_s))


def late_tap() -> str:
    return _("That tap came too late, and nothing has changed. Tap again if you still want it.")
