"""The Bot API methods that change or delete messages."""

import time

from bot.sandbox.bot_api.keyboards import inline_keyboard
from bot.sandbox.bot_api.message_content import caption_from_params, text_content
from bot.sandbox.bot_api.params import Params
from bot.sandbox.bot_api.send import input_media_content
from bot.sandbox.bot_api.targets import editable_message, writable_chat
from bot.sandbox.cast import BOT_ID, Json
from bot.sandbox.errors import bad_request
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState

MEDIA_FIELDS = ("photo", "document", "has_media_spoiler")
CONTENT_FIELDS = ("text", "entities", "caption", "caption_entities", *MEDIA_FIELDS)
EDITABLE_FIELDS = (*CONTENT_FIELDS, "reply_markup")
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#editmessagetext."""
    content = text_content(params, "MESSAGE_TOO_LONG")
    chat = writable_chat(state, params)
    message = editable_message(chat, params)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _edit(state, chat, message, content, params)


async def edit_message_caption(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#editmessagecaption."""
    caption = caption_from_params(params, "MEDIA_CAPTION_TOO_LONG")
    chat = writable_chat(state, params)
    message = editable_message(chat, params)
    if "text" in message:
        raise bad_request("there is no caption in the message to edit")
    media = {name: message[name] for name in MEDIA_FIELDS if name in message}
    return _edit(state, chat, message, {**media, **caption}, params)


async def edit_message_media(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#editmessagemedia."""
    item = params.json_object("media", "InputMedia")
    if item is None:
        raise bad_request("there is no media in the request")
    content = await input_media_content(state, params, item, "MEDIA_CAPTION_TOO_LONG")
    chat = writable_chat(state, params)
    message = editable_message(chat, params)
    # Telegram takes an upload for a change even if the bytes are the same.
    is_upload = str(item["media"]).startswith("attach://")
    return _edit(state, chat, message, content, params, always_modified=is_upload)


async def edit_message_reply_markup(state: SandboxState, params: Params) -> Json:
    """See https://core.telegram.org/bots/api#editmessagereplymarkup."""
    chat = writable_chat(state, params)
    message = editable_message(chat, params)
    content = {name: message[name] for name in CONTENT_FIELDS if name in message}
    return _edit(state, chat, message, content, params)


async def delete_message(state: SandboxState, params: Params) -> bool:
    """See https://core.telegram.org/bots/api#deletemessage."""
    chat = writable_chat(state, params)
    if not params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    # In a private chat a bot may delete the user's messages too; in a group only admins may.
    if message.get("from", {}).get("id") != BOT_ID and not chat.private:
        raise bad_request("message can't be deleted")
    chat.remove(message["message_id"])
    state.events.add("deleted", chat_id=chat.id, message_id=message["message_id"])
    return True


def _edit(
    state: SandboxState,
    chat: Chat,
    message: Json,
    content: Json,
    params: Params,
    *,
    always_modified: bool = False,
) -> Json:
    if keyboard := inline_keyboard(params):
        content = {**content, "reply_markup": keyboard}
    old_content = {name: message[name] for name in EDITABLE_FIELDS if name in message}
    if content == old_content and not always_modified:
        raise bad_request(NOT_MODIFIED)
    state.flood_limiter.count(chat.id)
    kept = {name: value for name, value in message.items() if name not in EDITABLE_FIELDS}
    return state.replace(chat, {**kept, "edit_date": int(time.time()), **content})
