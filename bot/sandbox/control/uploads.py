"""What becomes of a file that a user sends, as apps and Telegram's servers convert it."""

from bot.sandbox.bot_api.params import Upload
from bot.sandbox.cast import Json
from bot.sandbox.errors import ControlError
from bot.sandbox.state import media, moving_media
from bot.sandbox.state.files import Files
from bot.sandbox.state.photo_sizes import InvalidPhotoError
from bot.sandbox.state.video_files import looks_like_video

MAX_BYTES = 50 * 2**20
MAX_NOTE_S = 60
KINDS = ("photo", "document", "sticker", "video_note")


async def message_content(
    files: Files, kind: str, upload: Upload, *, is_alone: bool, picture: bytes
) -> Json:
    """Return the content of a user's message with a file.

    Args:
        files: where to store the file.
        kind: how it is sent. "photo": from the gallery, also for videos and GIFs; "document": as a
            file; "sticker": from a sticker set; "video_note": recorded as a round video.
        upload: the file.
        is_alone: whether it is the only file of the message.
        picture: an image file, of which the thumbnail of a .tgs sticker is made; may be empty.

    Raises:
        ControlError: it cannot be sent this way.
    """
    name = upload.name or "The file"
    if not upload.data:
        raise ControlError(422, f"{name} is empty.")
    if len(upload.data) > MAX_BYTES:
        raise ControlError(413, f"{name} is larger than 50 MB.")
    if kind == "photo":
        content = await _from_gallery(files, upload, is_alone)
    elif kind == "document":
        content = await _as_file(files, upload)
    elif kind == "sticker":
        content = await moving_media.sticker_of_set(files, upload.data, picture)
    elif kind == "video_note":
        content = await _video_note(files, upload)
    else:
        raise ControlError(422, f"kind must be one of {', '.join(KINDS)}, not {kind!r}.")
    if content is None:
        raise ControlError(422, f"{name} cannot be sent as a {kind}; try it as a file.")
    return {**content}


async def _from_gallery(files: Files, upload: Upload, is_alone: bool) -> Json | None:
    if looks_like_video(upload.name, upload.mime):
        info = await moving_media.read(upload.data)
        if info is None:
            return None
        if is_alone and not info.has_sound:
            return moving_media.animated_video(files, upload.data, upload.name, info)
        return moving_media.video(files, upload.data, upload.name, info)
    if content := await moving_media.animation(files, upload.data, upload.name):
        return content
    try:
        return await media.photo(files, upload.data)
    except InvalidPhotoError:
        return None


async def _as_file(files: Files, upload: Upload) -> Json:
    return (
        await moving_media.animation(files, upload.data, upload.name)
        or await moving_media.uploaded_sticker(files, upload.data, upload.name)
        or await media.document(files, upload.data, upload.name, upload.mime)
    )


async def _video_note(files: Files, upload: Upload) -> Json | None:
    info = await moving_media.read(upload.data)
    if info is None or info.duration > MAX_NOTE_S:
        return None
    return moving_media.video_note(files, upload.data, info)
