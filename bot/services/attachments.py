"""Finds the picture in a message, and fetches its bytes."""

from dataclasses import dataclass
from pathlib import PurePath

from telegram import Bot, Document, Message
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot.errors import DownloadError
from model.errors import ImageFileTooLargeError
from model.images.validation import MAX_BYTES

# Some clients send a picture with no mime type or as application/octet-stream.
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".heic", ".heif", ".hif"}
)


@dataclass(frozen=True, slots=True)
class ImageAttachment:
    """A picture that Telegram holds for us."""

    file_id: str
    file_unique_id: str  # the same whenever and by whomever it is sent
    size: int | None  # bytes, as far as Telegram says


def find_image(message: Message) -> ImageAttachment | None:
    """The picture of a message, be it a photo or a file.

    Returns:
        A photo in its largest version; a file that by its mime type or its name is a picture;
        None if the message holds neither.
    """
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return ImageAttachment(largest.file_id, largest.file_unique_id, largest.file_size)
    if message.document and not message.animation and _is_picture(message.document):
        document = message.document
        return ImageAttachment(document.file_id, document.file_unique_id, document.file_size)
    return None


def _is_picture(document: Document) -> bool:
    if (document.mime_type or "").lower().startswith("image/"):
        return True
    return PurePath(document.file_name or "").suffix.lower() in SUFFIXES


def check_size(picture: ImageAttachment) -> None:
    """Refuse a picture that is too large to be fetched at all.

    Raises:
        ImageFileTooLargeError: it has more bytes than Telegram hands to a bot.
    """
    if picture.size is not None and picture.size > MAX_BYTES:
        raise ImageFileTooLargeError(picture.size, MAX_BYTES)


async def fetch(bot: Bot, picture: ImageAttachment) -> bytes:
    """Download a picture into memory; it never touches the disk.

    Raises:
        DownloadError: Telegram does not hand it over.
    """
    try:
        file = await bot.get_file(picture.file_id)
        return bytes(await file.download_as_bytearray())
    except (BadRequest, NetworkError, InvalidToken) as error:
        # A file that is gone gets 404, which the library takes for a wrong token.
        raise DownloadError(str(error)) from error
