"""A client of the sandbox's control side, for tests: it sends as a user, reads the chats and waits.

It is synchronous on purpose: the bot runs in its own process or thread, so a test may block while
it waits, reads from top to bottom, and needs no event loop. Several threads may share a client. An
async test should call it through `asyncio.to_thread` unless it may block the loop.

Every `send_...` method and `press` first notes the newest event. The `wait_for...` methods only
look at later events, so that a test never takes an old answer for a new one.
"""

import json
from collections.abc import Sequence

from scripts.reliability.sandbox_crowd import buttons as buttons
from tests.support.chat_reader import ChatReader
from tests.support.chat_reader import text_of as text_of
from tests.support.sandbox_cast import ALEX as ALEX
from tests.support.sandbox_cast import ANNA as ANNA
from tests.support.sandbox_cast import BEN as BEN
from tests.support.sandbox_cast import BOT as BOT
from tests.support.sandbox_cast import CHANNEL as CHANNEL
from tests.support.sandbox_cast import DISCUSSION as DISCUSSION
from tests.support.sandbox_cast import FORUM as FORUM
from tests.support.sandbox_cast import GROUP as GROUP
from tests.support.sandbox_http import Json


class SandboxClient(ChatReader):
    """A client of one sandbox, which acts as its users; see `ChatReader` for its arguments."""

    # What users do. `chat` is the private chat of `user` if None.

    def send_text(
        self,
        text: str,
        user: int = ANNA,
        chat: int | None = None,
        reply_to: int | None = None,
        **where: int,
    ) -> Json:
        """Send a text as `user`, perhaps as the chat `as_chat_id`, in topic `message_thread_id`."""
        body = {"user_id": user, "text": text, "reply_to_message_id": reply_to, **where}
        self.set_mark()
        message: Json = self._post(f"/sandbox/chats/{chat or user}/text", body)["message"]
        return message

    def send_photo(
        self,
        photo: bytes,
        caption: str = "",
        user: int = ANNA,
        chat: int | None = None,
        reply_to: int | None = None,
        **cover: int,
    ) -> Json:
        """Send a photo as `user`; return the message. See `send_photos`."""
        return self.send_photos([photo], caption, user, chat, reply_to, **cover)[0]

    def send_photos(
        self,
        photos: Sequence[bytes],
        caption: str = "",
        user: int = ANNA,
        chat: int | None = None,
        reply_to: int | None = None,
        **cover: int,
    ) -> list[Json]:
        """Send photos as `user`, several as an album; return the messages.

        `cover` has `has_spoiler`, `has_protected_content`, and what `where` has in `send_text`.
        """
        named = [(f"photo{number}.jpg", photo) for number, photo in enumerate(photos)]
        return self._send_media("photo", named, caption, user, chat, reply_to, **cover)

    def send_document(
        self,
        data: bytes,
        name: str = "photo.png",
        caption: str = "",
        user: int = ANNA,
        chat: int | None = None,
        reply_to: int | None = None,
    ) -> Json:
        """Send a file without recompression; return the message."""
        return self._send_media("document", [(name, data)], caption, user, chat, reply_to)[0]

    def send_documents(
        self, files: Sequence[tuple[str, bytes]], user: int = ANNA, chat: int | None = None
    ) -> list[Json]:
        """Send several files, as (name, content), as an album; return the messages."""
        return self._send_media("document", files, "", user, chat, None)

    def send_gallery(
        self, files: Sequence[tuple[str, bytes]], caption: str = "", user: int = ANNA
    ) -> list[Json]:
        """Send photos and videos, as (name, content), as an album; return the messages."""
        return self._send_media("photo", files, caption, user, None, None)

    def send_file(
        self,
        kind: str,
        data: bytes,
        name: str,
        caption: str = "",
        user: int = ANNA,
        chat: int | None = None,
        thumbnail: bytes = b"",
        **cover: int,
    ) -> Json:
        """Send a file as `user`; return the message.

        Args:
            kind: "photo" (from the gallery, also videos and GIFs), "document", "sticker" (from a
                set) or "video_note".
            data: its content.
            name: its name.
            caption: its caption.
            user: who sends it.
            chat: where.
            thumbnail: an image file for the thumbnail of a .tgs sticker.
            **cover: see `send_photos`.
        """
        extra = [("thumbnail", ("thumbnail", thumbnail))] if thumbnail else []
        return self._send_media(kind, [(name, data)], caption, user, chat, None, extra, **cover)[0]

    def edit_caption(self, message: Json, caption: str, user: int = ANNA) -> Json:
        """Change the caption of a photo or file that `user` sent; return the message."""
        body = {"user_id": user, "message_id": message["message_id"], "caption": caption}
        self.set_mark()
        edited = self._post(f"/sandbox/chats/{message['chat']['id']}/caption", body)
        return dict(edited["message"])

    def forward(self, message: Json, user: int = ANNA, chat: int | None = None) -> Json:
        """Forward a message from a chat of `user` to another chat; return the new message."""
        body = {
            "user_id": user,
            "from_chat_id": message["chat"]["id"],
            "message_id": message["message_id"],
        }
        self.set_mark()
        return dict(self._post(f"/sandbox/chats/{chat or user}/forward", body)["message"])

    def press(self, message: Json, data: str, user: int = ANNA, force: bool = False) -> str:
        """Press the button with `data` under a message; return the callback query's id.

        Args:
            message: the message, as `wait_for_message` or `messages` return it.
            data: the button's callback data.
            user: who presses.
            force: send `data` even if no button has it, as a forged client would.
        """
        body = {
            "user_id": user,
            "message_id": message["message_id"],
            "data": data,
            "force": force,
        }
        self.set_mark()
        answer = self._post(f"/sandbox/chats/{message['chat']['id']}/press", body)
        return str(answer["callback_query_id"])

    def press_label(self, message: Json, label: str, user: int = ANNA) -> str:
        """Press the button whose text contains `label`; return the callback query's id."""
        for button in buttons(message):
            if label in button["text"]:
                return self.press(message, button["callback_data"], user)
        raise AssertionError(f"no button {label!r}, only {[b['text'] for b in buttons(message)]}")

    def set_language(self, language: str, user: int = ANNA) -> None:
        """Set the language of `user`'s app, as an IETF tag."""
        self._post(f"/sandbox/users/{user}/language", {"language_code": language})

    def _send_media(
        self,
        kind: str,
        files: Sequence[tuple[str, bytes]],
        caption: str,
        user: int,
        chat: int | None,
        reply_to: int | None,
        extra: Sequence[tuple[str, tuple[str, bytes]]] = (),
        **cover: int,
    ) -> list[Json]:
        fields = {"user_id": str(user), "kind": kind, "caption": caption}
        fields |= {name: json.dumps(value) for name, value in cover.items()}
        if reply_to is not None:
            fields["reply_to_message_id"] = str(reply_to)
        parts = [*(("files", file) for file in files), *extra]
        self.set_mark()
        path = f"/sandbox/chats/{chat or user}/media"
        answer = self._successful(self._http.post(path, data=fields, files=parts))
        found: list[Json] = answer.json()["messages"]
        return found
