"""What people do to messages that are there already: change a caption, forward."""

import time

from bot.sandbox.cast import Json
from bot.sandbox.errors import Refusal
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.privacy_mode import reaches_bot
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import CAPTION_LIMIT, trimmed, units, with_found

CARRIED = ("text", "entities", "photo", "document", "caption", "caption_entities")


def edit_caption(
    state: SandboxState, chat: Chat, user: Json, message_id: int, caption: str
) -> Json:
    """Change the caption of a person's own photo or file; return the message as it is then.

    Raises:
        Refusal: no such message, or one without photo and file, or too long a caption.
    """
    message = _message(chat, message_id)
    if message["from"]["id"] != user["id"] or not ("photo" in message or "document" in message):
        raise Refusal(422, "Only captions of one's own photos and files can be changed.")
    caption, _ = trimmed(caption, [])
    if units(caption) > CAPTION_LIMIT:
        raise Refusal(422, f"A caption has at most {CAPTION_LIMIT} characters.")
    old = ("caption", "caption_entities")
    edited = {name: value for name, value in message.items() if name not in old}
    edited["edit_date"] = int(time.time())
    if caption:
        edited["caption"] = caption
    if entities := with_found(caption, []):
        edited["caption_entities"] = entities
    state.replace(chat, edited)
    if chat.private or not state.options.privacy or reaches_bot(edited):
        state.updates.add("edited_message", edited)
    return edited


def forward(state: SandboxState, chat: Chat, user: Json, source: Chat, message_id: int) -> Json:
    """Forward a message; return the new one.

    Raises:
        Refusal: there is no such message.
    """
    message = _message(source, message_id)
    content = {name: message[name] for name in CARRIED if name in message}
    # https://core.telegram.org/bots/api#messageoriginuser
    content["forward_origin"] = {
        "type": "user",
        "date": message["date"],
        "sender_user": message["from"],
    }
    return state.post(chat, user, content)


def _message(chat: Chat, message_id: int) -> Json:
    message = chat.find(message_id)
    if message is None:
        raise Refusal(404, f"There is no message {message_id} in this chat.")
    return message
