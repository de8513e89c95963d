"""What users do with existing messages: change a caption, forward."""

import time

from bot.sandbox.cast import BOT_ID, Json
from bot.sandbox.control.post import caption_content, find_message
from bot.sandbox.errors import ControlError
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.state.senders import origin

MEDIA = ("photo", "document", "animation", "video", "video_note", "sticker")
CAPTIONED = ("photo", "document", "video")
FORWARDED_FIELDS = (
    "text",
    "entities",
    *MEDIA,
    "has_media_spoiler",
    "caption",
    "caption_entities",
)


def edit_caption(
    state: SandboxState, chat: Chat, user: Json, message_id: int, caption: str
) -> Json:
    """Change the caption of a user's own photo or file; return the edited message.

    Raises:
        ControlError: there is no such photo or file of the user, or the caption is too long.
    """
    message = find_message(chat, message_id)
    is_own = message.get("from", {}).get("id") == user["id"]
    if not is_own or not any(kind in message for kind in CAPTIONED):
        raise ControlError(422, "Only captions of one's own photos and files can be changed.")
    replaced = ("caption", "caption_entities")
    edited = {name: value for name, value in message.items() if name not in replaced}
    edited |= {"edit_date": int(time.time()), **caption_content(caption)}
    state.replace(chat, edited)
    if BOT_ID in chat.members and (chat.private or message_id in chat.reached_bot):
        state.updates.add("edited_message", edited)
    return edited


def forward(state: SandboxState, chat: Chat, user: Json, source: Chat, message_id: int) -> Json:
    """Forward a message; return the new one.

    Raises:
        ControlError: there is no such message, or its content is protected.
    """
    message = find_message(source, message_id)
    if "has_protected_content" in message:
        raise ControlError(403, "That message is protected and cannot be forwarded.")
    content = {name: message[name] for name in FORWARDED_FIELDS if name in message}
    content["forward_origin"] = origin(message)
    return state.post(chat, user, content)
