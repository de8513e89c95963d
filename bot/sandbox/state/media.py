"""Photos and documents as message content, made off the event loop."""

import asyncio
import mimetypes
import re
from pathlib import PurePath
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.state.files import Files
from bot.sandbox.state.photo_sizes import Picture, photo_sizes, thumbnail

MIME: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.IGNORECASE)
UNKNOWN: Final = "application/octet-stream"
# Not every system's table has them.
PHONE_TYPES: Final = {".heic": "image/heic", ".heif": "image/heif", ".webp": "image/webp"}


async def photo(files: Files, data: bytes, most_sides: int | None = None) -> Json:
    """Recompress a photo, hold its sizes and return {"photo": [PhotoSize, ...]}.

    Raises:
        NotAPhoto: see `images.photo_sizes`.
    """
    pictures = await asyncio.to_thread(photo_sizes, data, most_sides)
    stored = [
        (files.add("photo", picture.data, "image/jpeg", ".jpg"), picture) for picture in pictures
    ]
    content = {"photo": [{**file.describe(), **_size(picture)} for file, picture in stored]}
    for file, _ in stored:
        files.bind(file, content)
    return content


async def document(files: Files, data: bytes, name: str, mime: str) -> Json:
    """Hold a file as it is and return {"document": Document}.

    Args:
        files: where to hold it.
        data: the bytes.
        name: file name as the sender had it; may be empty.
        mime: media type the sender declared; guessed from the name when it is none.
    """
    suffix = PurePath(name).suffix
    if not MIME.fullmatch(mime) or mime == UNKNOWN:
        mime = PHONE_TYPES.get(suffix.lower()) or mimetypes.guess_type(name)[0] or UNKNOWN
    preview = await asyncio.to_thread(thumbnail, data)
    file = files.add("document", data, mime, suffix, name)
    described: Json = {"mime_type": mime, **file.describe()}
    if name:
        described["file_name"] = name
    if preview:
        small = files.add("thumbnail", preview.data, "image/jpeg", ".jpg")
        described["thumbnail"] = {**small.describe(), **_size(preview)}
    content = {"document": described}
    files.bind(file, content)
    return content


def _size(picture: Picture) -> Json:
    return {"width": picture.width, "height": picture.height}
