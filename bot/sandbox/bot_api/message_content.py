"""What a message of the bot holds: text, or a photo or document with a caption."""

from typing import Any, Final

from bot.sandbox.bot_api.entities import given_entities
from bot.sandbox.bot_api.params import Params, Upload
from bot.sandbox.cast import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup import parse as markup
from bot.sandbox.state import media
from bot.sandbox.state.photo_sizes import NotAPhoto
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import CAPTION_LIMIT, TEXT_LIMIT, trimmed, units, with_found

PHOTO_LIMIT: Final = 10 * 2**20
DOCUMENT_LIMIT: Final = 50 * 2**20
MOST_SIDES: Final = 10_000


def text_content(params: Params, too_long: str = "message is too long") -> Json:
    """Return {"text", "entities"?} from the parameters of a call.

    Raises:
        Failure: empty, does not parse, or more than 4096 UTF-16 units after parsing.
    """
    if not params.text("text"):
        raise bad_request("message text is empty")
    text, entities = _formatted(
        params.text("text"), params.text("parse_mode"), params.rows("entities", "MessageEntity")
    )
    if not text:
        raise bad_request("text must be non-empty")
    if units(text) > TEXT_LIMIT:
        raise bad_request(too_long)
    return {"text": text, "entities": entities} if entities else {"text": text}


def caption_content(
    caption: str, mode: str, given: list[Any] | None, too_long: str = "message caption is too long"
) -> Json:
    """Return {"caption", "caption_entities"?}; empty when there is no caption.

    Args:
        caption: the text as the bot gave it.
        mode: parse mode; "" for none.
        given: `caption_entities` as the bot gave them.
        too_long: Telegram's words for a caption above 1024 UTF-16 units.

    Raises:
        Failure: does not parse, or too long after parsing.
    """
    text, entities = _formatted(caption, mode, given)
    if units(text) > CAPTION_LIMIT:
        raise bad_request(too_long)
    if not text:
        return {}
    return {"caption": text, "caption_entities": entities} if entities else {"caption": text}


def params_caption(params: Params, too_long: str = "message caption is too long") -> Json:
    """Return the caption given as parameters of a call; see `caption_content`."""
    return caption_content(
        params.text("caption"),
        params.text("parse_mode"),
        params.rows("caption_entities", "MessageEntity"),
        too_long,
    )


async def media_content(
    state: SandboxState, params: Params, kind: str, value: str, name: str
) -> Json:
    """Return {"photo": [...]} or {"document": {...}} for what the bot wants to send.

    Args:
        state: the sandbox.
        params: the call, which holds the uploads.
        kind: "photo" or "document".
        value: a file id or "attach://<field>"; empty when the upload is in the field itself.
        name: the field of the upload then.

    Raises:
        Failure: no file, an unknown one, or one Telegram refuses.
    """
    if value.startswith("attach://"):
        name = value.removeprefix("attach://")
    elif value:
        return _known(state, kind, value)
    upload = params.uploads.get(name)
    if upload is None:
        raise bad_request(f"there is no {kind} in the request")
    if not upload.data:
        raise bad_request("file must be non-empty")
    return await (_photo if kind == "photo" else _document)(state, upload)


async def _photo(state: SandboxState, upload: Upload) -> Json:
    if len(upload.data) > PHOTO_LIMIT:
        raise bad_request(
            f"file of size {len(upload.data)} bytes is too big for a photo; "
            f"the maximum size is {PHOTO_LIMIT} bytes"
        )
    try:
        return await media.photo(state.files, upload.data, MOST_SIDES)
    except NotAPhoto as fault:
        raise bad_request(fault.code) from None


async def _document(state: SandboxState, upload: Upload) -> Json:
    if len(upload.data) > DOCUMENT_LIMIT:
        raise bad_request("file is too big")
    return await media.document(state.files, upload.data, upload.name, upload.mime)


def _known(state: SandboxState, kind: str, file_id: str) -> Json:
    if file_id.startswith(("http://", "https://")):
        # The sandbox reaches nothing outside, as a web address that does not answer.
        raise bad_request("failed to get HTTP URL content")
    found = state.files.media(file_id)
    if found is None:
        raise bad_request("wrong remote file identifier specified: Wrong character in the string")
    if kind not in found:
        other = next(iter(found))
        raise bad_request(f"can't use file of type {other.capitalize()} as {kind.capitalize()}")
    return found


def _formatted(text: str, mode: str, given: list[Any] | None) -> tuple[str, list[Json]]:
    entities = [] if mode or not given else given_entities(given, text)
    text, parsed = markup.parse(text, mode)
    text, kept = trimmed(text, [*parsed, *entities])
    return text, with_found(text, kept)
