"""The content of the bot's messages: text, or a photo or document with a caption."""

from typing import Any

from bot.sandbox.bot_api.entities import checked_entities
from bot.sandbox.bot_api.params import Params, Upload
from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup.parse import parse_markup
from bot.sandbox.state import media
from bot.sandbox.state.photo_sizes import InvalidPhotoError
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import (
    MAX_CAPTION_LENGTH,
    MAX_TEXT_LENGTH,
    add_detected_entities,
    trim,
    utf16_length,
)

MAX_PHOTO_BYTES = 10 * 2**20
MAX_DOCUMENT_BYTES = 50 * 2**20
MAX_WIDTH_PLUS_HEIGHT = 10_000


def text_content(params: Params, too_long: str = "message is too long") -> Json:
    """Return {"text", "entities"?} from the parameters of a call.

    Raises:
        BotApiError: it is empty, does not parse, or exceeds 4096 UTF-16 units after parsing.
    """
    if not params.text("text"):
        raise bad_request("message text is empty")
    text, entities = _formatted(
        params.text("text"),
        params.text("parse_mode"),
        params.json_array("entities", "MessageEntity"),
    )
    if not text:
        raise bad_request("text must be non-empty")
    if utf16_length(text) > MAX_TEXT_LENGTH:
        raise bad_request(too_long)
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_content(
    caption: str,
    mode: str,
    entities: list[Any] | None,
    too_long: str = "message caption is too long",
) -> Json:
    """Return {"caption", "caption_entities"?}; empty when there is no caption.

    Args:
        caption: the text as the bot passed it.
        mode: parse mode; "" for none.
        entities: `caption_entities` as the bot passed them.
        too_long: Telegram's wording for a caption of more than 1024 UTF-16 units.

    Raises:
        BotApiError: the caption does not parse or is too long after parsing.
    """
    text, parsed = _formatted(caption, mode, entities)
    if utf16_length(text) > MAX_CAPTION_LENGTH:
        raise bad_request(too_long)
    if not text:
        return {}
    return {"caption": text, "caption_entities": parsed} if parsed else {"caption": text}


def caption_from_params(params: Params, too_long: str = "message caption is too long") -> Json:
    """Return the caption in the parameters of a call; see `caption_content`."""
    return caption_content(
        params.text("caption"),
        params.text("parse_mode"),
        params.json_array("caption_entities", "MessageEntity"),
        too_long,
    )


async def media_content(
    state: SandboxState, params: Params, kind: str, value: str, name: str
) -> Json:
    """Return {"photo": [...]} or {"document": {...}} for the file that the bot sends.

    Args:
        state: the sandbox.
        params: the call, which holds the uploads.
        kind: "photo" or "document".
        value: a file id or "attach://<field>"; empty for an upload in the field `name`.
        name: see `value`.

    Raises:
        BotApiError: there is no file, it is unknown, or Telegram would reject it.
    """
    if value.startswith("attach://"):
        name = value.removeprefix("attach://")
    elif value:
        return _known_file(state, kind, value)
    upload = params.uploads.get(name)
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    if not upload.data:
        raise bad_request("file must be non-empty")
    return await (_photo if kind == "photo" else _document)(state, upload)


async def _photo(state: SandboxState, upload: Upload) -> Json:
    if len(upload.data) > MAX_PHOTO_BYTES:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    try:
        return await media.photo(state.files, upload.data, MAX_WIDTH_PLUS_HEIGHT)
    except InvalidPhotoError as error:
        raise bad_request(error.code) from None


async def _document(state: SandboxState, upload: Upload) -> Json:
    if len(upload.data) > MAX_DOCUMENT_BYTES:
        raise bad_request("file is too big")
    return await media.document(state.files, upload.data, upload.name, upload.mime)


def _known_file(state: SandboxState, kind: str, file_id: str) -> Json:
    if file_id.startswith(("http://", "https://")):
        # The sandbox makes no requests to the internet: every URL fails.
        raise bad_request("failed to get HTTP URL content")
    found = state.files.find_media(file_id)
    if found is None:
        raise bad_request("wrong remote file identifier specified: Wrong character in the string")
    if kind not in found:
        other = next(iter(found))
        raise bad_request(f"can't use file of type {other.capitalize()} as {kind.capitalize()}")
    return found


def _formatted(text: str, mode: str, entities: list[Any] | None) -> tuple[str, list[Json]]:
    passed = [] if mode or not entities else checked_entities(entities, text)
    text, parsed = parse_markup(text, mode)
    text, kept = trim(text, [*parsed, *passed])
    return text, add_detected_entities(text, kept)
