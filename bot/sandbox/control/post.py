"""What users do in the chats: write, send photos and files, press buttons."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.sandbox.bot_api.keyboards import has_button
from bot.sandbox.bot_api.params import Upload
from bot.sandbox.cast import ADMIN_ID, CHANNEL, Json
from bot.sandbox.control.uploads import message_content
from bot.sandbox.errors import ControlError
from bot.sandbox.state import media
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import (
    MAX_CAPTION_LENGTH,
    MAX_TEXT_LENGTH,
    add_detected_entities,
    trim,
    utf16_length,
)

MAX_FILES = 10
CAPTIONLESS = frozenset({"sticker", "video_note"})


@dataclass(frozen=True)
class Cover:
    """What keeps a user's pictures from being seen at once, or passed on.

    Attributes:
        has_spoiler: photos are covered until somebody taps on them.
        is_protected: the messages cannot be forwarded or saved.
    """

    has_spoiler: bool = False
    is_protected: bool = False


@dataclass(frozen=True)
class Place:
    """In whose name a message is sent, and to which topic.

    Attributes:
        as_chat: the group or channel in whose name; None for the user's own.
        topic: the topic of a forum; None for "General", or that of the message it replies to.
    """

    as_chat: Json | None = None
    topic: int | None = None


def place(chat: Chat, user: Json, as_chat_id: int | None, topic: int | None) -> Place:
    """Return where and in whose name a user writes.

    Raises:
        ControlError: the user may not write in the name of that chat, or there is no such topic.
    """
    names = {one["id"]: one for one in identities(chat, user)}
    if as_chat_id is not None and as_chat_id not in names:
        raise ControlError(403, f"{user['first_name']} may not write in the name of that chat.")
    if topic is not None and topic not in chat.topics:
        raise ControlError(404, f"There is no topic {topic} in this chat.")
    return Place(None if as_chat_id is None else names[as_chat_id], topic)


def identities(chat: Chat, user: Json) -> list[Json]:
    """Return the chats in whose name a user may write in a group: this group, and the channel."""
    if user["id"] != ADMIN_ID or chat.info["type"] != "supergroup":
        return []
    return [chat.info, CHANNEL]


def chat_member(state: SandboxState, chat_id: int, user_id: int) -> tuple[Chat, Json]:
    """Return a chat and a user in it.

    Raises:
        ControlError: there is no such chat or user, or the user is not in the chat.
    """
    chat = state.chats.find(chat_id)
    if chat is None:
        raise ControlError(404, f"There is no chat {chat_id}.")
    user = state.user(user_id)
    if user is None:
        raise ControlError(404, f"There is no user {user_id}.")
    if user_id not in chat.members:
        raise ControlError(403, f"{user['first_name']} is not in this chat.")
    return chat, user


def send_text(
    state: SandboxState, chat: Chat, user: Json, text: str, reply_to: int | None, where: Place
) -> Json:
    """Post a user's text message and return it.

    Raises:
        ControlError: the text is empty or too long, or there is no message `reply_to`.
    """
    text, _ = trim(text, [])
    if not text:
        raise ControlError(422, "The message is empty.")
    if utf16_length(text) > MAX_TEXT_LENGTH:
        raise ControlError(422, f"A message has at most {MAX_TEXT_LENGTH} characters.")
    content: Json = {"text": text}
    if entities := add_detected_entities(text, []):
        content["entities"] = entities
    replied = _replied_message(chat, reply_to)
    return state.post(chat, user, content, replied, as_chat=where.as_chat, topic=where.topic)


async def send_media(
    state: SandboxState,
    chat: Chat,
    user: Json,
    kind: str,
    files: Sequence[Upload],
    caption: str,
    reply_to: int | None,
    cover: Cover,
    where: Place,
    picture: bytes = b"",
) -> list[Json]:
    """Post a user's files; return the messages. Photos, videos and documents form albums.

    Args:
        state: the sandbox.
        chat: where they are posted.
        user: who posts them.
        kind: how they are sent; see `uploads.message_content`.
        files: the files.
        caption: their caption.
        reply_to: the message that they reply to.
        cover: what keeps them from being seen at once, or passed on.
        where: in whose name, and to which topic.
        picture: an image file, of which the thumbnail of a .tgs sticker is made; may be empty.

    Raises:
        ControlError: there are too many or no files, one cannot be sent this way, or the caption is
            too long.
    """
    if not 1 <= len(files) <= MAX_FILES:
        raise ControlError(422, f"Send 1 to {MAX_FILES} files at a time, not {len(files)}.")
    captioned = caption_content(caption)
    replied = _replied_message(chat, reply_to)
    contents = [
        await message_content(state.files, kind, file, is_alone=len(files) == 1, picture=picture)
        for file in files
    ]
    if with_captions := [content for content in contents if not content.keys() & CAPTIONLESS]:
        # An album's caption belongs to its first photo or its last document.
        with_captions[-1 if "document" in with_captions[-1] else 0].update(captioned)
    for content in contents:
        content.update(media.spoiler(content, cover.has_spoiler))
        if cover.is_protected:
            content["has_protected_content"] = True
    return [
        message
        for album in _albums(contents)
        for message in state.post_album(
            chat, user, album, replied, as_chat=where.as_chat, topic=where.topic
        )
    ]


def _albums(contents: Sequence[Json]) -> list[list[Json]]:
    """Divide contents into albums: photos with videos, or documents; all others are alone."""
    albums: list[list[Json]] = []
    previous = None
    for content in contents:
        kind = _album_kind(content)
        if kind is None or kind != previous:
            albums.append([])
        albums[-1].append(content)
        previous = kind
    return albums


def _album_kind(content: Json) -> str | None:
    if "animation" in content:  # it has a "document", too
        return None
    if "photo" in content or "video" in content:
        return "photo"
    return "document" if "document" in content else None


def caption_content(caption: str) -> Json:
    """Return {"caption", "caption_entities"?}; empty when there is no caption.

    Raises:
        ControlError: the caption is too long.
    """
    caption, _ = trim(caption, [])
    if utf16_length(caption) > MAX_CAPTION_LENGTH:
        raise ControlError(422, f"A caption has at most {MAX_CAPTION_LENGTH} characters.")
    if not caption:
        return {}
    entities = add_detected_entities(caption, [])
    return {"caption": caption, "caption_entities": entities} if entities else {"caption": caption}


def press_button(
    state: SandboxState, chat: Chat, user: Json, message_id: int, data: str, force: bool
) -> str:
    """Press a button; return the id of the callback query.

    Args:
        state: the sandbox.
        chat: the chat of the message.
        user: who presses.
        message_id: the message with the button.
        data: the button's callback data.
        force: send the data even if there is no such button, as a forged client would.

    Raises:
        ControlError: there is no such message or button.
    """
    message = find_message(chat, message_id)
    if not force and not has_button(message, data):
        raise ControlError(404, "That message has no such button.")
    query = state.callback_queries.press(user, message, data).query
    state.updates.add("callback_query", query, state.faults.update_copies())
    return str(query["id"])


def find_message(chat: Chat, message_id: int) -> Json:
    """Return a message of a chat.

    Raises:
        ControlError: there is no such message.
    """
    message = chat.find(message_id)
    if message is None:
        raise ControlError(404, f"There is no message {message_id} in this chat.")
    return message


def _replied_message(chat: Chat, message_id: int | None) -> Json | None:
    if message_id is None:
        return None
    message = chat.find(message_id)
    if message is None:
        raise ControlError(404, f"There is no message {message_id} to answer in this chat.")
    return message
