"""What the users of a sandbox see, what its bot has called, and waiting for either."""

import time
from collections.abc import Callable, Sequence

from tests.support.sandbox_cast import ANNA, BOT
from tests.support.sandbox_http import Json
from tests.support.telegram_control import TelegramControl


class ChatReader(TelegramControl):
    """The part of a sandbox's client that reads the chats and waits for messages.

    Args:
        url: the sandbox's address, e.g. "http://127.0.0.1:8081".
        timeout: default timeout of the `wait_for...` methods, in seconds.
    """

    def __init__(self, url: str, timeout: float = 20.0) -> None:
        super().__init__(url)
        self._timeout = timeout
        self.mark = 0

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
