"""Photos and documents as message content, processed off the event loop."""

import asyncio
import mimetypes
import re
from pathlib import PurePath

from bot.sandbox.cast import Json
from bot.sandbox.state.files import Files
from bot.sandbox.state.photo_sizes import JpegImage, photo_sizes, thumbnail
from bot.sandbox.state.video_files import read_video

MIME_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.IGNORECASE)
COVERABLE = frozenset({"photo", "video", "animation"})
UNKNOWN_TYPE = "application/octet-stream"
# Not every system knows these.
PHONE_TYPES = {".heic": "image/heic", ".heif": "image/heif", ".webp": "image/webp"}


async def photo(files: Files, data: bytes, max_width_plus_height: int | None = None) -> Json:
    """Recompress a photo, store its sizes and return {"photo": [PhotoSize, ...]}.

    Raises:
        InvalidPhotoError: see `photo_sizes`.
    """
    images = await asyncio.to_thread(photo_sizes, data, max_width_plus_height)
    stored = [(files.add("photo", image.data, "image/jpeg", ".jpg"), image) for image in images]
    content = {"photo": [{**file.file_fields(), **_size(image)} for file, image in stored]}
    for file, _ in stored:
        files.bind_media(file, content)
    return content


async def document(files: Files, data: bytes, name: str, mime: str) -> Json:
    """Store a file unchanged and return {"document": Document}.

    Args:
        files: where to store it.
        data: its content.
        name: the sender's name for it; may be empty.
        mime: the media type that the sender declared; guessed from the name if it is not one.
    """
    suffix = PurePath(name).suffix
    if not MIME_TYPE.fullmatch(mime) or mime == UNKNOWN_TYPE:
        mime = PHONE_TYPES.get(suffix.lower()) or mimetypes.guess_type(name)[0] or UNKNOWN_TYPE
    preview = await asyncio.to_thread(_preview, data, mime)
    file = files.add("document", data, mime, suffix, name)
    described: Json = {"mime_type": mime, **file.file_fields()}
    if name:
        described["file_name"] = name
    if preview:
        small = files.add("thumbnail", preview.data, "image/jpeg", ".jpg")
        described["thumbnail"] = {**small.file_fields(), **_size(preview)}
    content = {"document": described}
    files.bind_media(file, content)
    return content


def spoiler(content: Json, is_hidden: bool) -> Json:
    """Return the field of a message whose content is covered until a reader taps on it.

    Documents, stickers and video notes have no such field, whatever the sender asks for.
    """
    return {"has_media_spoiler": True} if is_hidden and content.keys() & COVERABLE else {}


def _preview(data: bytes, mime: str) -> JpegImage | None:
    """Return the thumbnail that the sender's app makes of pictures and videos."""
    if mime.startswith("video/"):
        info = read_video(data)
        return info.thumbnail if info else None
    return thumbnail(data)


def _size(image: JpegImage) -> Json:
    return {"width": image.width, "height": image.height}
