"""Replies to messages and taps that are not handled."""

from bot.i18n import _, ngettext
from bot.replies.quota import duration


def too_many_in_hand(count: int) -> str:
    """Return why a message or tap is refused, in at most 200 characters, which is Telegram's limit.

    Args:
        count: messages and taps of the same user, or in the same chat, that are not answered yet.
    """
    return ngettext(
        "That is a lot at once: {count} message is still waiting. "
        "Please send the rest again in a minute.",
        "That is a lot at once: {count} messages are still waiting. "
        "Please send the rest again in a minute.",
        count,
    ).format(count=count)


def set_aside() -> str:
    return _("Sorry, I tried twice and could not answer this. Please send me something else.")


def unreadable() -> str:
    return _(
        "I cannot read this message. If it has a photo, please send me the photo itself "
        "instead of forwarding it."
    )


def late_retrain(age_s: int) -> str:
    """Return the reply to a /retrain that was sent this many seconds ago."""
    return _(
        "You sent this /retrain {time} ago, so I ignored it. "
        "Please send it again if you still want it."
    ).format(time=duration(age_s))


def late_tap() -> str:
    return _("That tap came too late, and nothing has changed. Tap again if you still want it.")
