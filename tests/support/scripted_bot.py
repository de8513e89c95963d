"""A bot that a test controls call by call, in place of the real one."""

import json
from collections.abc import Iterator
from typing import Any, Final, Self

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_process import BotSandbox

Json = dict[str, Any]

TIMEOUT_S: Final = 15


class ScriptedBot:
    """The bot's side of a sandbox.

    Args:
        url: the sandbox's address.
        token: the bot's token.
    """

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/bot{token}/", timeout=60, trust_env=False)
        self._offset = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def call(self, method: str, files: dict[str, bytes] | None = None, **params: Any) -> Any:
        """Call a method and return its result.

        Args:
            method: name of a Bot API method.
            files: files to upload, by the parameter they belong to.
            **params: the other parameters, None to leave one out.
        """
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in params.items()
            if value is not None
        }
        parts = {name: (f"{name}.jpg", data) for name, data in (files or {}).items()}
        answer = self._http.post(method, data=fields, files=parts or None).json()
        assert answer["ok"], f"{method}: {answer}"
        return answer["result"]

    def say(
        self, chat: int, text: str, keyboard: list[list[str]] | None = None, **params: Any
    ) -> Json:
        """Send a text; `keyboard` gives rows of labels, each also its button's data."""
        message: Json = self.call(
            "sendMessage", chat_id=chat, text=text, reply_markup=markup(keyboard), **params
        )
        return message

    def next(self, kind: str = "message") -> Json:
        """Wait for the next update of a kind, skipping others; return its content."""
        while True:
            updates = self.call("getUpdates", offset=self._offset, limit=1, timeout=TIMEOUT_S)
            assert updates, f"no {kind} came"
            self._offset = updates[0]["update_id"] + 1
            if kind in updates[0]:
                return dict(updates[0][kind])


def markup(keyboard: list[list[str]] | None) -> Json | None:
    """Return an inline keyboard of labels that are also the buttons' data."""
    if keyboard is None:
        return None
    rows = [[{"text": label, "callback_data": label} for label in row] for row in keyboard]
    return {"inline_keyboard": rows}


@pytest.fixture
def chat_server(sandbox: BotSandbox) -> SandboxServer:
    """The server of a sandbox in which no bot process runs."""
    return sandbox.server


@pytest.fixture
def scripted_bot(chat_server: SandboxServer) -> Iterator[ScriptedBot]:
    """The bot of that sandbox."""
    with ScriptedBot(chat_server.url, chat_server.token) as scripted:
        yield scripted
