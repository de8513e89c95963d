"""The Bot API without a network.

`FakeTelegram` stands where HTTP would be. Everything above it is real: the library, its
handlers and filters, and the bot.
"""

import asyncio
import json
from collections import deque
from typing import Any

import httpx
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.transport.mood_bot import MoodBot

Json = dict[str, Any]

TOKEN = "123456:token-for-tests-and-nothing-else"
USERNAME = "photo_mood_test_bot"
BOT_USER = {"id": 123456, "is_bot": True, "first_name": "Photo mood", "username": USERNAME}
ANNA = {"id": 1001, "is_bot": False, "first_name": "Anna"}
BEN = {"id": 1002, "is_bot": False, "first_name": "Ben"}
ALEX = {"id": 1000, "is_bot": False, "first_name": "Alex"}  # the admin
ANNAS_CHAT = {"id": 1001, "type": "private", "first_name": "Anna"}
ALEXS_CHAT = {"id": 1000, "type": "private", "first_name": "Alex"}
# The senders of messages in the name of a chat; see `bot.handlers.common.senders`.
CHANNEL_POST: Json = {
    "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
    "sender_chat": {"id": -1009, "type": "channel", "title": "Gallery"},
    "is_automatic_forward": True,
}
ANONYMOUS_ADMIN: Json = {
    "from": {
        "id": 1087968824,
        "is_bot": True,
        "first_name": "Group",
        "username": "GroupAnonymousBot",
    },
    "sender_chat": {"id": -1001, "type": "supergroup", "title": "Holiday photos"},
}
AS_A_CHANNEL: Json = {
    "from": {
        "id": 136817688,
        "is_bot": True,
        "first_name": "Channel",
        "username": "Channel_Bot",
    },
    "sender_chat": {"id": -1010, "type": "channel", "title": "Somebody's channel"},
}
GROUP = {"id": -1001, "type": "supergroup", "title": "Holiday photos"}


class FakeTelegram(BaseRequest):
    """Answers the Bot API's methods from memory, and records every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.files: dict[str, bytes] = {}  # by file id
        self.failures: dict[str, deque[TelegramError | tuple[int, Json]]] = {}
        self.updates: deque[list[Json]] = deque()
        self.group_admins: list[Json] = [ALEX]
        self.menu: list[Json] = []  # the one that was set last
        self.webhook: Json = {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": 0,
        }
        self._news = asyncio.Condition()

    async def wait_for_calls(self, method: str, times: int) -> None:
        """Wait until a method has been called a number of times."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.called(method)) >= times)

    def fail(self, method: str, *failures: TelegramError | tuple[int, Json]) -> None:
        """Make the next calls of a method fail: with an error, or with a status and a body."""
        self.failures.setdefault(method, deque()).extend(failures)

    def called(self, method: str) -> list[Json]:
        """Return the parameters of all calls of a method, oldest first."""
        return [parameters for name, parameters in self.calls if name == method]

    @property
    def texts(self) -> list[str]:
        """All texts and captions that were sent, oldest first."""
        return [
            parameters.get("text") or parameters.get("caption") or ""
            for name, parameters in self.calls
            if name in ("sendMessage", "sendPhoto")
        ]

    @property
    def buttons(self) -> list[Json]:
        """The buttons of the keyboard that was sent last, row by row."""
        shown = [
            json.loads(parameters["reply_markup"])
            if isinstance(parameters["reply_markup"], str)
            else parameters["reply_markup"]
            for _, parameters in self.calls
            if "reply_markup" in parameters
        ]
        return [button for row in shown[-1]["inline_keyboard"] for button in row]

    @property
    def labels(self) -> list[str]:
        """The texts of these buttons."""
        return [button["text"] for button in self.buttons]

    @property
    def answer(self) -> str:
        """What these buttons call the answer that they are under."""
        return str(self.buttons[0]["callback_data"].split(":")[1])

    @property
    def toasts(self) -> list[str]:
        """The texts that callback queries were answered with, oldest first."""
        return [call.get("text", "") for call in self.called("answerCallbackQuery")]

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        assert method == "POST"
        name = url.rsplit("/", 1)[1]
        parameters: Json = dict(request_data.parameters) if request_data else {}
        if request_data and request_data.multipart_data:
            for key, (_, content, _) in request_data.multipart_data.items():
                parameters[key] = content if isinstance(content, bytes) else content.read()
        async with self._news:
            self.calls.append((name, parameters))
            self._news.notify_all()
        if waiting := self.failures.get(name):
            failure = waiting.popleft()
            if isinstance(failure, TelegramError):
                raise failure
            return failure[0], json.dumps(failure[1]).encode()
        if name == "getUpdates" and parameters.get("timeout") and not self.updates:
            await asyncio.Event().wait()  # a long poll without news, as long as it takes
        return 200, json.dumps({"ok": True, "result": self._result(name, parameters)}).encode()

    def serve_file(self, request: httpx.Request) -> httpx.Response:
        """Answer a download, as the handler of an `httpx.MockTransport`."""
        data = self.files[request.url.path.rsplit("/", 1)[1]]
        return httpx.Response(200, stream=httpx.ByteStream(data))

    def _result(self, name: str, parameters: Json) -> object:
        if name == "getMe":
            return BOT_USER
        if name == "getUpdates":
            return self.updates.popleft() if self.updates else []
        if name == "setMyCommands":
            self.menu = parameters["commands"]
        if name == "getMyCommands":
            return self.menu
        if name == "getChatAdministrators":
            return [
                {"user": user, "status": "creator", "is_anonymous": False}
                for user in self.group_admins
            ]
        if name == "getWebhookInfo":
            return self.webhook
        if name in ("setWebhook", "deleteWebhook"):
            self.webhook["url"] = parameters.get("url", "")
        if name == "getFile":
            file_id = parameters["file_id"]
            return {"file_id": file_id, "file_unique_id": file_id, "file_path": file_id}
        if name.startswith("send") and name != "sendChatAction":
            chat = {"id": parameters["chat_id"], "type": "private"}
            sent = {"message_id": 1000 + len(self.calls), "date": 0, "chat": chat}
            return [sent] if name == "sendMediaGroup" else sent
        return True


def fake_bot(telegram: FakeTelegram, **options: Any) -> MoodBot:
    """Return the library's bot, connected to a fake Telegram."""
    return MoodBot(TOKEN, request=telegram, get_updates_request=telegram, **options)
