"""Replies to pictures that get no verdict."""

from math import ceil

from bot.errors import DownloadError, FileTooLargeError, PhotoLimitError, QueueFullError
from bot.i18n import _, ngettext
from bot.replies import photos as photo_replies
from bot.replies import quota as limit_replies
from model.errors import (
    DamagedImageError,
    EmptyImageError,
    ImageError,
    ImageFileTooLargeError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
    UnreadableVideoError,
    UnsupportedFormatError,
    VideoTooLongError,
)

_MB = 1024 * 1024


def describe_image_error(error: ImageError) -> str:
    """Return what is wrong with a picture, and what the sender can do."""
    if isinstance(error, ImageFileTooLargeError):
        return _(
            "This file is {size} MB; I can take up to {limit} MB. Please send a smaller version."
        ).format(size=f"{ceil(10 * error.size / _MB) / 10:g}", limit=f"{error.limit / _MB:.0f}")
    if isinstance(error, TooManyPixelsError):
        return _(
            "This picture is {width}×{height} pixels; I can take up to {limit} megapixels. "
            "Please send a smaller version."
        ).format(width=error.width, height=error.height, limit=f"{error.limit / 1e6:.0f}")
    if isinstance(error, ImageTooSmallError):
        return _(
            "This picture is only {width}×{height} pixels; I need at least {limit} on each side. "
            "Please send a larger version."
        ).format(width=error.width, height=error.height, limit=error.limit)
    if isinstance(error, VideoTooLongError):
        return _(
            "This video takes {seconds} seconds; I can look at up to {limit}. "
            "Please send a shorter one, or a photo of the moment."
        ).format(seconds=error.seconds, limit=error.limit)
    return _plain().get(type(error), str(error))


def _plain() -> dict[type[ImageError], str]:
    return {
        EmptyImageError: _("This file is empty. Please send the picture again."),
        UnsupportedFormatError: _(
            "I cannot open this file as an image. Please send a JPEG, PNG, WebP, HEIC or GIF."
        ),
        DamagedImageError: _("This picture seems to be damaged. Please send it again."),
        UnreadableVideoError: _(
            "I cannot see anything of this video: it is damaged, or in a format that I do not "
            "know. Please send a photo of the moment."
        ),
        ImageTimeoutError: _(
            "This picture took me too long, so I gave up. Please send a smaller version."
        ),
    }


def too_many_waiting(error: QueueFullError) -> str:
    """Return the reply to a photo for which there is no room in the queue."""
    text = ngettext(
        "{count} photo is waiting before this one. Please send it again in {time}.",
        "{count} photos are waiting before this one. Please send it again in {time}.",
        error.ahead,
    )
    return text.format(count=error.ahead, time=limit_replies.duration(error.again_in_s))


def not_downloaded() -> str:
    return _("I could not download this photo from Telegram. Please send it again.")


def too_large_to_download() -> str:
    return _("Telegram does not let me download files that large. Please send a smaller version.")


def photo_error(error: BaseException) -> str:
    """Return why a photo gets no verdict."""
    if isinstance(error, ImageError):
        return describe_image_error(error)
    if isinstance(error, QueueFullError):
        return too_many_waiting(error)
    if isinstance(error, PhotoLimitError):
        return limit_replies.too_many_photos(error)
    if isinstance(error, FileTooLargeError):
        return too_large_to_download()
    if isinstance(error, DownloadError):
        return not_downloaded()
    return photo_replies.apology()
