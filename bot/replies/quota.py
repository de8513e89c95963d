"""Replies to users who have used up a daily quota."""

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.i18n import ngettext


def too_many_photos(error: PhotoLimitError) -> str:
    """Return the reply to a photo over the quota."""
    text = ngettext(
        "You have reached my daily limit of {count} photo. Send me this one again in {time}?",
        "You have reached my daily limit of {count} photos. Send me this one again in {time}?",
        error.limit,
    )
    return text.format(count=error.limit, time=duration(error.again_in_s))


def too_many_corrections(error: CorrectionLimitError) -> str:
    """Return the reply to a correction over the quota."""
    text = ngettext(
        "Thank you! You have reached my daily limit of {count} correction. Tap again in {time}?",
        "Thank you! You have reached my daily limit of {count} corrections. Tap again in {time}?",
        error.limit,
    )
    return text.format(count=error.limit, time=duration(error.again_in_s))


def duration(seconds: int) -> str:
    """Return a duration in words, rounded up to the hour, or to the minute when it is shorter."""
    minutes = max(1, -(-seconds // 60))
    if minutes < 60:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    hours = -(-minutes // 60)
    return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
