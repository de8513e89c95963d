"""Animations, videos, video notes and stickers as message content, off the event loop.

What becomes a sticker and what an animation follows Telegram Desktop's `FileLoadTask::process`
(github.com/telegramdesktop/tdesktop, SourceFiles/storage/localimageloader.cpp).
"""

import asyncio
import io
from pathlib import PurePath

from PIL import Image

from bot.sandbox.cast import Json
from bot.sandbox.state.files import Files, StoredFile
from bot.sandbox.state.photo_sizes import JpegImage, thumbnail
from bot.sandbox.state.video_files import VideoInfo, gif_to_mp4, read_video

MAX_STICKER_BYTES = 2 * 2**20  # kMaxStickerBytesSize
MAX_STICKER_PIXELS = 2560**2  # GoodStickerDimensions
MAX_NOTE_SIDE = 640
STICKER_SIDE = 512
STICKER_SET = "SandboxStickers"
VIDEO_TYPES = {".webm": "video/webm", ".mov": "video/quicktime"}
_GZIP = b"\x1f\x8b"


async def read(data: bytes) -> VideoInfo | None:
    """Read a video; None if it cannot be played."""
    return await asyncio.to_thread(read_video, data)


async def animation(files: Files, data: bytes, name: str) -> Json | None:
    """Return {"animation": Animation, "document": Document} for an animated GIF, else None.

    Telegram's servers convert it to MPEG-4. For old bots, `document` describes the file, too.
    """
    converted = await asyncio.to_thread(gif_to_mp4, data)
    info = converted and await read(converted)
    if not converted or not info:
        return None
    return animated_video(files, converted, f"{name or 'animation.gif'}.mp4", info)


def animated_video(files: Files, data: bytes, name: str, info: VideoInfo) -> Json:
    """Return the content for a video without sound, which apps show as they show a GIF."""
    file = files.add("animation", data, "video/mp4", ".mp4", name)
    described = {"file_name": name, "mime_type": "video/mp4", **_with_thumbnail(files, file, info)}
    content = {"animation": {**described, **_duration(info), **_size(info)}, "document": described}
    files.bind_media(file, content)
    return content


def video(files: Files, data: bytes, name: str, info: VideoInfo) -> Json:
    """Return {"video": Video}."""
    suffix = PurePath(name).suffix.lower() or ".mp4"
    mime = VIDEO_TYPES.get(suffix, "video/mp4")
    file = files.add("video", data, mime, suffix, name)
    described = {"mime_type": mime, **_with_thumbnail(files, file, info)}
    if name:
        described["file_name"] = name
    content = {"video": {**described, **_duration(info), **_size(info)}}
    files.bind_media(file, content)
    return content


def video_note(files: Files, data: bytes, info: VideoInfo) -> Json | None:
    """Return {"video_note": VideoNote}; None if the video is not square, or too large."""
    if info.width != info.height or info.width > MAX_NOTE_SIDE:
        return None
    file = files.add("video_note", data, "video/mp4", ".mp4")
    described = {**_with_thumbnail(files, file, info), **_duration(info), "length": info.width}
    content = {"video_note": described}
    files.bind_media(file, content)
    return content


async def uploaded_sticker(files: Files, data: bytes, name: str) -> Json | None:
    """Return {"sticker": Sticker} for a file that apps send as a sticker without a set, else None.

    These are WebP files, except animated and very large ones, and .tgs files.
    """
    if len(data) > MAX_STICKER_BYTES:
        return None
    if data.startswith(_GZIP) and name.lower().endswith(".tgs"):
        return _animated_sticker(files, data, {})
    size = await asyncio.to_thread(_still_webp_size, data)
    if size is None or size[0] * size[1] > MAX_STICKER_PIXELS:
        return None
    return _sticker(files, data, "image/webp", ".webp", size, await _preview(data))


async def sticker_of_set(files: Files, data: bytes, picture: bytes) -> Json | None:
    """Return {"sticker": Sticker} for a sticker of a set: WebP, WebM or .tgs; else None.

    Args:
        files: where to store it.
        data: its content.
        picture: an image file for the thumbnail of a .tgs file, which is drawn by Telegram and not
            here; may be empty.
    """
    of_set: Json = {"set_name": STICKER_SET, "emoji": "🙂"}
    if data.startswith(_GZIP):
        return _animated_sticker(files, data, of_set, await _preview(picture))
    if size := await asyncio.to_thread(_still_webp_size, data):
        return _sticker(files, data, "image/webp", ".webp", size, await _preview(data), **of_set)
    info = await read(data)
    if info is None:
        return None
    size = info.width, info.height
    of_set["is_video"] = True
    return _sticker(files, data, "video/webm", ".webm", size, info.thumbnail, **of_set)


def _animated_sticker(
    files: Files, data: bytes, fields: Json, preview: JpegImage | None = None
) -> Json:
    size = STICKER_SIDE, STICKER_SIDE
    fields = {**fields, "is_animated": True}
    return _sticker(files, data, "application/x-tgsticker", ".tgs", size, preview, **fields)


def _sticker(
    files: Files,
    data: bytes,
    mime: str,
    suffix: str,
    size: tuple[int, int],
    preview: JpegImage | None,
    **fields: object,
) -> Json:
    file = files.add("sticker", data, mime, suffix)
    described = {
        **file.file_fields(),
        "width": size[0],
        "height": size[1],
        "is_animated": False,
        "is_video": False,
        "type": "regular",
        **fields,
    }
    if preview:
        described["thumbnail"] = _thumbnail(files, preview)
    content: Json = {"sticker": described}
    files.bind_media(file, content)
    return content


async def _preview(picture: bytes) -> JpegImage | None:
    return await asyncio.to_thread(thumbnail, picture)


def _still_webp_size(data: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            return None if getattr(image, "is_animated", False) else image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _with_thumbnail(files: Files, file: StoredFile, info: VideoInfo) -> Json:
    return {**file.file_fields(), "thumbnail": _thumbnail(files, info.thumbnail)}


def _thumbnail(files: Files, image: JpegImage) -> Json:
    stored = files.add("thumbnail", image.data, "image/jpeg", ".jpg")
    return {**stored.file_fields(), "width": image.width, "height": image.height}


def _duration(info: VideoInfo) -> Json:
    return {"duration": int(info.duration)}


def _size(info: VideoInfo) -> Json:
    return {"width": info.width, "height": info.height}
