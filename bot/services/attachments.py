"""Finds the picture in a message."""

from dataclasses import dataclass
from pathlib import PurePath

from telegram import Document, Message

from model.errors import ImageFileTooLargeError
from model.images.validation import FILE_SUFFIXES, MAX_BYTES


@dataclass(frozen=True, slots=True)
class ImageAttachment:
    """A picture that Telegram stores."""

    file_id: str
    file_unique_id: str  # stays the same whenever and by whomever the file is sent
    size: int | None  # in bytes, if Telegram says
    has_spoiler: bool = False  # it is covered until somebody taps on it
    is_protected: bool = False  # it can be neither forwarded nor saved


def find_image(message: Message) -> ImageAttachment | None:
    """Return the picture of a message: its photo, or a file whose type or name says so.

    Of a photo, the largest size is returned.
    """
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return ImageAttachment(
            largest.file_id,
            largest.file_unique_id,
            largest.file_size,
            has_spoiler=bool(message.has_media_spoiler),
            is_protected=bool(message.has_protected_content),
        )
    document = message.document
    if document and not message.animation and _is_image(document):
        return ImageAttachment(
            document.file_id,
            document.file_unique_id,
            document.file_size,
            is_protected=bool(message.has_protected_content),
        )
    return None


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
