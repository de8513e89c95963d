"""A client of the sandbox's control side, for tests: send as a user, read the chat, wait.

It is synchronous on purpose: the bot runs in its own process or thread, so a test may block while
it waits, reads from top to bottom, and needs no event loop. Several threads may share a client. An
async test should call it through `asyncio.to_thread` unless it may block the loop.

Every `send_...` method and `press` first notes the newest event. The `wait_for...` methods only
look at later events, so that a test never takes an old answer for a new one.
"""

import json
import time
from collections.abc import Callable, Sequence

from scripts.reliability.sandbox_crowd import buttons as buttons
from tests.support.sandbox_http import Json
from tests.support.telegram_control import TelegramControl

ALEX = 1000  # the admin
ANNA = 1001
BEN = 1002
GROUP = -1001000000001
FORUM = -1001000000002
DISCUSSION = -1001000000003
CHANNEL = -1001000000004
BOT = 123456


class SandboxClient(TelegramControl):
    """A client of one sandbox.

    Args:
        url: its address, e.g. "http://127.0.0.1:8081".
        timeout: default timeout of the `wait_for...` methods, in seconds.
    """

    def __init__(self, url: str, timeout: float = 20.0) -> None:
        super().__init__(url)
        self._timeout = timeout
        self.mark = 0

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

    # What users see.

    def state(self) -> Json:
        """Return the bot, the users, the chats and the number of the newest event."""
        return self._get("/sandbox/state")

    def messages(self, chat: int = ANNA) -> list[Json]:
        """Return the messages of a chat, oldest first."""
        found: list[Json] = self._get(f"/sandbox/chats/{chat}/messages")["messages"]
        return found

    def message(self, message_id: int, chat: int = ANNA) -> Json:
        """Return the latest version of a message."""
        return next(m for m in self.messages(chat) if m["message_id"] == message_id)

    def callback(self, query_id: str) -> Json:
        """Return {"answered", "text", "show_alert"} of a press."""
        return self._get(f"/sandbox/callbacks/{query_id}")

    def commands(self, user: int = ANNA, chat: int | None = None) -> list[Json]:
        """Return the command menu that `user` sees in a chat."""
        query = {"chat_id": chat or user}
        found: list[Json] = self._get(f"/sandbox/users/{user}/commands", query)["commands"]
        return found

    def file(self, file_id: str) -> bytes:
        """Return the content of a file."""
        return self._successful(self._http.get(f"/sandbox/files/{file_id}")).content

    def photo(self, message: Json) -> bytes:
        """Return the largest size of a message's photo."""
        return self.file(message["photo"][-1]["file_id"])

    # What the bot does.

    def requests(self, method: str | None = None) -> list[Json]:
        """Return the bot's calls, oldest first: {"method", "chat_id", "ok", "at"}.

        `ok` is false where the call had no effect, `chat_id` None where it names no chat.
        """
        found: list[Json] = self._get("/sandbox/requests")["requests"]
        return [call for call in found if method in (None, call["method"])]

    # Waiting.

    def set_mark(self) -> int:
        """Make the `wait_for...` methods ignore past events; return the newest one's number."""
        self.mark = int(self.state()["last_event"])
        return self.mark

    def wait_for(
        self,
        predicate: Callable[[Json], bool],
        timeout: float | None = None,
        after: int | None = None,
    ) -> Json:
        """Return the first event that satisfies `predicate`.

        Args:
            predicate: takes an event, {"seq", "type", ...}.
            timeout: seconds to wait; the client's default if None.
            after: ignore events up to this number; up to the mark if None.

        Raises:
            AssertionError: there was no such event in time; the message lists the others.
        """
        seen = self.mark if after is None else after
        past: list[Json] = []
        deadline = time.monotonic() + (self._timeout if timeout is None else timeout)
        while (left := deadline - time.monotonic()) > 0:
            query = {"after": seen, "timeout": round(min(left, 30.0), 3)}
            for event in self._get("/sandbox/events/poll", query)["events"]:
                seen = event["seq"]
                if predicate(event):
                    return dict(event)
                past.append(event)
        raise AssertionError("timeout; events since the mark: " + _summary(past))

    def wait_for_message(
        self,
        predicate: Callable[[Json], bool] = bool,
        chat: int | None = None,
        timeout: float | None = None,
        edited: bool = True,
    ) -> Json:
        """Return the first message of the bot, new or edited, that satisfies `predicate`.

        Args:
            predicate: takes the message; by default any message is accepted.
            chat: only look at this chat; at all if None.
            timeout: seconds to wait; the client's default if None.
            edited: whether edits of older messages count.
        """
        kinds = ("message", "edited") if edited else ("message",)

        def fits(event: Json) -> bool:
            return (
                event["type"] in kinds
                and chat in (None, event["chat_id"])
                and event["message"].get("from", {}).get("id") == BOT
                and predicate(event["message"])
            )

        message: Json = self.wait_for(fits, timeout)["message"]
        return message

    def wait_for_text(
        self, part: str, chat: int | None = None, timeout: float | None = None
    ) -> Json:
        """Return the first message of the bot with `part` in its text or caption."""
        return self.wait_for_message(lambda message: part in text_of(message), chat, timeout)

    def wait_for_answer(self, query_id: str, timeout: float | None = None) -> Json:
        """Wait until the bot has answered a press; return {"answered", "text", "show_alert"}."""
        self.wait_for(lambda event: event.get("callback_query_id") == query_id, timeout)
        return self.callback(query_id)

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


def text_of(message: Json) -> str:
    """Return a message's text or caption."""
    return str(message.get("text") or message.get("caption") or "")


def _summary(events: Sequence[Json]) -> str:
    lines = []
    for event in events:
        who = "bot" if event.get("message", {}).get("from", {}).get("is_bot") else "person"
        what = text_of(event["message"]) if "message" in event else event.get("text", "")
        lines.append(f"{event['seq']} {event['type']} {who} {what!r}")
    return "; ".join(lines) or "none"
