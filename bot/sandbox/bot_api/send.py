"""The Bot API methods that send messages and chat actions."""

from typing import Any

from bot.sandbox.bot_api.keyboards import inline_keyboard
from bot.sandbox.bot_api.message_content import (
    caption_content,
    caption_from_params,
    media_content,
    text_content,
)
from bot.sandbox.bot_api.params import Params
from bot.sandbox.bot_api.targets import replied_message, requested_topic, writable_chat
from bot.sandbox.cast import BOT, Json
from bot.sandbox.errors import bad_request
from bot.sandbox.state import media
from bot.sandbox.state.sandbox_state import SandboxState

MAX_ALBUM_SIZE = 10
CHAT_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


async def send_message(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#sendmessage."""
    return _send(state, params, text_content(params))


async def send_photo(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#sendphoto."""
    return await _send_media(state, params, "photo")


async def send_document(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#senddocument."""
    return await _send_media(state, params, "document")


async def send_media_group(state: SandboxState, params: Params) -> list[Json]:
    """See https://core.telegram.org/bots/api#sendmediagroup."""
    items = params.json_array("media", "InputMedia")
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > MAX_ALBUM_SIZE:
        raise bad_request("too many messages to send as an album")
    contents = [await input_media_content(state, params, item) for item in items]
    if len({"photo" in content for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    chat = writable_chat(state, params)
    topic, reply_to = requested_topic(chat, params), replied_message(chat, params)
    state.flood_limiter.count(chat.id, len(contents))
    protection = _protection(params)
    return state.post_album(
        chat, BOT, [{**content, **protection} for content in contents], reply_to, topic=topic
    )


async def send_chat_action(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#sendchataction."""
    action = params.text("action").lower()
    if action not in CHAT_ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = writable_chat(state, params)
    topic = requested_topic(chat, params)
    state.events.add("action", chat_id=chat.id, message_thread_id=topic, action=action)
    return True


async def input_media_content(
    state: SandboxState, params: Params, item: Any, too_long: str = "message caption is too long"
) -> Json:
    """Return the content that an `InputMediaPhoto` or `InputMediaDocument` describes.

    Raises:
        BotApiError: the type is neither photo nor document, the file is missing, or Telegram
            would reject the file or caption.
    """
    if not isinstance(item, dict):
        raise bad_request("can't parse InputMedia: Expected an Object")
    kind, value = item.get("type"), item.get("media")
    if kind not in ("photo", "document"):
        raise bad_request("can't parse InputMedia: type must be photo or document in the sandbox")
    if not isinstance(value, str) or not value:
        raise bad_request("can't parse InputMedia: media not found")
    entities = item.get("caption_entities") or []
    if not isinstance(entities, list):
        raise bad_request("can't parse MessageEntity: Expected an Array of MessageEntity")
    caption = caption_content(
        str(item.get("caption") or ""), str(item.get("parse_mode") or ""), entities, too_long
    )
    has_spoiler = item.get("has_spoiler", False)
    if not isinstance(has_spoiler, bool):
        raise bad_request('can\'t parse InputMedia: Field "has_spoiler" must be of type Boolean')
    content = await media_content(state, params, kind, value, "")
    return {**content, **media.spoiler(content, has_spoiler), **caption}


async def _send_media(state: SandboxState, params: Params, kind: str) -> Json:
    caption = caption_from_params(params)
    content = await media_content(state, params, kind, params.text(kind), kind)
    spoiler = media.spoiler(content, params.boolean("has_spoiler"))
    return _send(state, params, {**content, **spoiler, **caption})


def _send(state: SandboxState, params: Params, content: Json) -> Json:
    keyboard = inline_keyboard(params)
    chat = writable_chat(state, params)
    topic, reply_to = requested_topic(chat, params), replied_message(chat, params)
    state.flood_limiter.count(chat.id)
    if keyboard:
        content = {**content, "reply_markup": keyboard}
    return state.post(chat, BOT, {**content, **_protection(params)}, reply_to, topic=topic)


def _protection(params: Params) -> Json:
    return {"has_protected_content": True} if params.boolean("protect_content") else {}
