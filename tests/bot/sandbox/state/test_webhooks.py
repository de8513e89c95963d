"""Delivery of updates to a webhook."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import SandboxClient


class Receiver(ThreadingHTTPServer):
    """A bot's web server that answers with `statuses`, then with 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: queue.Queue[tuple[str | None, dict[str, Any]]] = queue.Queue()
        self.statuses: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def take(self) -> tuple[str | None, dict[str, Any]]:
        """Return the secret and the update of the next delivery."""
        return self.taken.get(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        update = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # Before the answer, because the next delivery follows it at once in another thread.
        self.server.taken.put((self.headers["X-Telegram-Bot-Api-Secret-Token"], update))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Do not write to stderr."""


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox that retries a failed delivery soon."""
    with SandboxServer(SandboxOptions(pauses=0.05)) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that accepts updates."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_updates_are_delivered_with_the_secret(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    client.send_text("before")
    bot_api.call("setWebhook", url=receiver.url, secret_token="s3cret_-")
    client.send_text("after")
    deliveries = [receiver.take(), receiver.take()]
    assert [secret for secret, _ in deliveries] == ["s3cret_-"] * 2
    assert [update["message"]["text"] for _, update in deliveries] == ["before", "after"]
    deadline = time.monotonic() + 10
    while bot_api.call("getWebhookInfo")["pending_update_count"]:
        assert time.monotonic() < deadline
    bot_api.call("deleteWebhook")
    assert bot_api.call("getUpdates") == []


def test_a_failed_delivery_is_repeated_and_reported(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302, 503]
    bot_api.call("setWebhook", url=receiver.url, max_connections=7)
    sent = client.send_text("important")
    assert [receiver.take()[1]["message"] for _ in range(4)] == [sent] * 4
    info = bot_api.call("getWebhookInfo")
    assert info["url"] == receiver.url
    assert info["max_connections"] == 7
    assert info["last_error_message"] == (
        "Wrong response from the webhook: 503 Service Unavailable"
    )
    assert info["last_error_date"] >= sent["date"]


def test_updates_wait_while_the_webhook_does_not_answer(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    bot_api.call("setWebhook", url="http://127.0.0.1:9/nobody")
    client.send_text("one")
    client.send_text("two")
    info = bot_api.call("getWebhookInfo")
    assert info["pending_update_count"] == 2
    bot_api.call("setWebhook", url=receiver.url)
    assert [receiver.take()[1]["message"]["text"] for _ in range(2)] == ["one", "two"]


def test_pending_updates_can_be_dropped(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    client.send_text("old")
    bot_api.call("setWebhook", url=receiver.url, drop_pending_updates=True)
    client.send_text("new")
    assert receiver.take()[1]["message"]["text"] == "new"
    bot_api.call("deleteWebhook")
    client.send_text("old again")
    bot_api.call("deleteWebhook", drop_pending_updates=True)
    assert bot_api.call("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }


def test_polling_and_a_webhook_exclude_each_other(
    bot_api: BotApiClient, sandbox: SandboxServer, receiver: Receiver
) -> None:
    with ThreadPoolExecutor(1) as pool, BotApiClient(sandbox) as poller:
        waiting = pool.submit(poller.post, "getUpdates", timeout=20)
        # Repeated until it has ended the poll, which may arrive later.
        while not waiting.done():
            bot_api.call("setWebhook", url=receiver.url)
            bot_api.call("setWebhook", url="")
        assert api_error(waiting.result()) in (
            (409, "Conflict: terminated by setWebhook request"),
            (
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            ),
        )
    bot_api.call("setWebhook", url=receiver.url)
    assert bot_api.error("getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )


@pytest.mark.parametrize(
    ("params", "description"),
    [
        (
            {"url": "ftp://example.com"},
            "Bad Request: bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            {"url": "https://example.com", "secret_token": "not allowed!"},
            "Bad Request: secret token contains unallowed characters",
        ),
    ],
)
def test_an_invalid_webhook_is_rejected(
    bot_api: BotApiClient, params: dict[str, str], description: str
) -> None:
    assert bot_api.error("setWebhook", **params) == (400, description)
    assert bot_api.call("getWebhookInfo")["url"] == ""
