"""Finds the picture in a message.

Of what moves, a frame is judged if the file can be read, otherwise its thumbnail, a JPEG or WebP of
at most 320 pixels (https://core.telegram.org/bots/api#animation and below).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from telegram import (
    Animation,
    Document,
    ExternalReplyInfo,
    LivePhoto,
    Message,
    PaidMedia,
    PaidMediaLivePhoto,
    PaidMediaPhoto,
    PaidMediaVideo,
    PhotoSize,
    Sticker,
    Video,
    VideoNote,
)

from model.errors import ImageFileTooLargeError
from model.images.validation import FILE_SUFFIXES, MAX_BYTES
from model.images.video import MAX_SECONDS, can_read_videos


@dataclass(frozen=True, slots=True)
class ImageAttachment:
    """A picture or a video that Telegram stores."""

    file_id: str
    file_unique_id: str  # stays the same whenever and by whomever the file is sent
    size: int | None  # in bytes, if Telegram says
    has_spoiler: bool = False  # it is covered until somebody taps on it
    is_protected: bool = False  # it can be neither forwarded nor saved
    is_paid: bool = False  # only who has paid for it may see it
    is_video: bool = False
    is_preview: bool = False  # a thumbnail of something that cannot be judged itself
    thumbnail: "ImageAttachment | None" = None  # of a video


def find_image(message: Message) -> ImageAttachment | None:
    """Return what to judge of a message; None if there is nothing.

    Of a photo, this is the largest size; of a live photo, its still; of paid media, the first that
    the bot may see; of other files, those are pictures whose type or name says so.
    """
    found = _find(message)
    if found is None:
        return None
    return replace(
        found,
        # Stickers, video notes and documents have no spoiler.
        has_spoiler=bool(message.has_media_spoiler),
        is_protected=bool(message.has_protected_content),
    )


def replies_to_picture_elsewhere(message: Message) -> bool:
    """Return whether a message replies to a picture in another chat or topic.

    See https://core.telegram.org/bots/api#externalreplyinfo.
    """
    return message.external_reply is not None and _find(message.external_reply) is not None


def _find(message: Message | ExternalReplyInfo) -> ImageAttachment | None:
    if message.paid_media:
        return _paid(message.paid_media.paid_media)
    if photo := message.photo or _still(message.live_photo):
        return _largest(photo)
    if moving := message.animation or message.video or message.video_note:
        return _moving(moving)
    if message.sticker:
        return _sticker(message.sticker)
    if message.document and _is_image(message.document):
        return _file(message.document)
    return None


def _paid(media: Iterable[PaidMedia]) -> ImageAttachment | None:
    """Return the first of paid media; previews of what is not paid for have no file."""
    for part in media:
        found = None
        if isinstance(part, PaidMediaPhoto):
            found = _largest(part.photo)
        elif isinstance(part, PaidMediaLivePhoto) and (still := _still(part.live_photo)):
            found = _largest(still)
        elif isinstance(part, PaidMediaVideo):
            found = _moving(part.video)
        if found:
            return replace(found, is_paid=True)
    return None


def _still(live_photo: LivePhoto | None) -> Sequence[PhotoSize]:
    return (live_photo.photo or ()) if live_photo else ()


def _largest(photo: Sequence[PhotoSize]) -> ImageAttachment:
    return _file(max(photo, key=lambda size: size.width * size.height))


def _sticker(sticker: Sticker) -> ImageAttachment | None:
    if sticker.is_video:
        return _moving(sticker)
    # Animated stickers (.tgs) are vector graphics.
    return _thumbnail(sticker.thumbnail) if sticker.is_animated else _file(sticker)


def _moving(file: Animation | Video | VideoNote | Sticker) -> ImageAttachment | None:
    thumbnail = _thumbnail(file.thumbnail)
    # As an attribute, the library returns it only with a warning that its type will change.
    seconds = file.to_dict().get("duration", 0)
    is_small = (file.file_size or 0) <= MAX_BYTES and seconds <= MAX_SECONDS
    if can_read_videos() and is_small:
        return replace(_file(file), is_video=True, thumbnail=thumbnail)
    return thumbnail


def _thumbnail(size: PhotoSize | None) -> ImageAttachment | None:
    return replace(_file(size), is_preview=True) if size else None


def _file(
    file: PhotoSize | Animation | Video | VideoNote | Sticker | Document,
) -> ImageAttachment:
    return ImageAttachment(file.file_id, file.file_unique_id, file.file_size)


def _is_image(document: Document) -> bool:
    if (document.mime_type or "").lower().startswith("image/"):
        return True
    # Some clients send a picture without a MIME type or as application/octet-stream.
    return PurePath(document.file_name or "").suffix.lower() in FILE_SUFFIXES


def check_size(image: ImageAttachment) -> None:
    """Refuse a picture that is too large to be downloaded.

    Raises:
        ImageFileTooLargeError: it has more bytes than Telegram gives to a bot.
    """
    if image.size is not None and image.size > MAX_BYTES:
        raise ImageFileTooLargeError(image.size, MAX_BYTES)
