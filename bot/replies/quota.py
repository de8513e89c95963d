"""What the bot says to somebody who has had all that anybody may have on one day."""

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.i18n import ngettext


def too_many_photos(error: PhotoLimitError) -> str:
    """Somebody has sent as many photos as anybody may on one day."""
    text = ngettext(
        "That is enough for today: I look at {count} photo a day for each person. "
        "Send me this one again in {time}?",
        "That is enough for today: I look at {count} photos a day for each person. "
        "Send me this one again in {time}?",
        error.most,
    )
    return text.format(count=error.most, time=_duration(error.again_in_s))


def too_many_corrections(error: CorrectionLimitError) -> str:
    """Somebody has corrected the bot as often as anybody may on one day."""
    text = ngettext(
        "Thank you! I note {count} correction a day from each person. Tap again in {time}?",
        "Thank you! I note {count} corrections a day from each person. Tap again in {time}?",
        error.most,
    )
    return text.format(count=error.most, time=_duration(error.again_in_s))


def _duration(seconds: int) -> str:
    """A time in words, rounded up to the hour, or to the minute when it is shorter."""
    minutes = max(1, -(-seconds // 60))
    if minutes < 60:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    hours = -(-minutes // 60)
    return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
