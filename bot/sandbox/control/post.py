"""What people do in the chats: write, send photos and files, press buttons."""

import secrets
from collections.abc import Sequence
from typing import Final

from bot.sandbox.bot_api.keyboards import has_button
from bot.sandbox.bot_api.params import Upload
from bot.sandbox.cast import Json
from bot.sandbox.errors import Refusal
from bot.sandbox.state import media
from bot.sandbox.state.chats import Chat
from bot.sandbox.state.photo_sizes import NotAPhoto
from bot.sandbox.state.sandbox_state import SandboxState
from bot.sandbox.text import CAPTION_LIMIT, TEXT_LIMIT, trimmed, units, with_found

MOST_FILES: Final = 10
DOCUMENT_LIMIT: Final = 50 * 2**20


def member(state: SandboxState, chat_id: int, user_id: int) -> tuple[Chat, Json]:
    """Return a chat and a person in it.

    Raises:
        Refusal: there is no such chat or person, or the person is not in the chat.
    """
    chat = state.chats.find(chat_id)
    if chat is None:
        raise Refusal(404, f"There is no chat {chat_id}.")
    user = state.person(user_id)
    if user is None:
        raise Refusal(404, f"There is no user {user_id}.")
    if user_id not in chat.members:
        raise Refusal(403, f"{user['first_name']} is not in this chat.")
    return chat, user


def send_text(state: SandboxState, chat: Chat, user: Json, text: str, reply_to: int | None) -> Json:
    """Post a text message of a person and return it.

    Raises:
        Refusal: the text is empty or too long, or the message to answer is gone.
    """
    text, _ = trimmed(text, [])
    if not text:
        raise Refusal(422, "The message is empty.")
    if units(text) > TEXT_LIMIT:
        raise Refusal(422, f"A message has at most {TEXT_LIMIT} characters.")
    content: Json = {"text": text}
    if entities := with_found(text, []):
        content["entities"] = entities
    return state.post(chat, user, content, _answered(chat, reply_to))


async def send_media(
    state: SandboxState,
    chat: Chat,
    user: Json,
    kind: str,
    files: Sequence[Upload],
    caption: str,
    reply_to: int | None,
) -> list[Json]:
    """Post photos or documents of a person, several as an album; return the messages.

    Raises:
        Refusal: too many or no files, a file that cannot be sent so, or too long a caption.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise Refusal(422, f"Send 1 to {MOST_FILES} files at a time, not {len(files)}.")
    caption, _ = trimmed(caption, [])
    if units(caption) > CAPTION_LIMIT:
        raise Refusal(422, f"A caption has at most {CAPTION_LIMIT} characters.")
    answered = _answered(chat, reply_to)
    contents = [await _content(state, kind, file) for file in files]
    album = {"media_group_id": str(secrets.randbelow(10**17) + 10**16)} if len(files) > 1 else {}
    # An album's caption belongs to its first photo, but to its last document.
    captioned = 0 if kind == "photo" else len(contents) - 1
    if caption:
        contents[captioned]["caption"] = caption
        if entities := with_found(caption, []):
            contents[captioned]["caption_entities"] = entities
    return [state.post(chat, user, {**album, **content}, answered) for content in contents]


def press(
    state: SandboxState, chat: Chat, user: Json, message_id: int, data: str, force: bool
) -> str:
    """Press a button; return the id of the callback query.

    Args:
        state: the sandbox.
        chat: where the message is.
        user: who presses.
        message_id: the message with the button.
        data: the button's callback data.
        force: send the data even if there is no such button, as a forged client would.

    Raises:
        Refusal: no such message or button.
    """
    message = chat.find(message_id)
    if message is None:
        raise Refusal(404, f"There is no message {message_id} in this chat.")
    if not force and not has_button(message, data):
        raise Refusal(404, "That message has no such button.")
    query = state.callbacks.press(user, message, data).query
    state.updates.add("callback_query", query, state.faults.copies())
    return str(query["id"])


def _answered(chat: Chat, message_id: int | None) -> Json | None:
    if message_id is None:
        return None
    message = chat.find(message_id)
    if message is None:
        raise Refusal(404, f"There is no message {message_id} to answer in this chat.")
    return message


async def _content(state: SandboxState, kind: str, file: Upload) -> Json:
    if not file.data:
        raise Refusal(422, f"{file.name or 'The file'} is empty.")
    if kind == "photo":
        try:
            return {**await media.photo(state.files, file.data)}
        except NotAPhoto:
            raise Refusal(
                422, f"{file.name or 'The file'} cannot be sent as a photo; try it as a file."
            ) from None
    if kind == "document":
        if len(file.data) > DOCUMENT_LIMIT:
            raise Refusal(413, f"{file.name or 'The file'} is larger than 50 MB.")
        return {**await media.document(state.files, file.data, file.name, file.mime)}
    raise Refusal(422, f'kind must be "photo" or "document", not {kind!r}.')
