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
from bot.sandbox.state.webhooks import queue_key
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import ANNA, BEN, SandboxClient


class Receiver(ThreadingHTTPServer):
    """A bot's web server that answers with `answers`, then with 200, while `gate` is open.

    An answer is a status and the seconds of Retry-After, None for none.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: queue.Queue[tuple[str | None, dict[str, Any]]] = queue.Queue()
        self.answers: list[tuple[int, int | None]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def take(self) -> tuple[str | None, dict[str, Any]]:
        """Return the secret and the update of the next delivery."""
        return self.taken.get(timeout=10)

    def take_text(self) -> str:
        return str(self.take()[1]["message"]["text"])


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        update = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # Before the answer, because the next delivery follows it at once in another thread.
        self.server.taken.put((self.headers["X-Telegram-Bot-Api-Secret-Token"], update))
        status, retry_after = self.server.answers.pop(0) if self.server.answers else (200, None)
        self.server.gate.wait(10)
        self.send_response(status)
        if retry_after is not None:
            self.send_header("retry-after", str(retry_after))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Do not write to stderr."""


def set_webhook(bot_api: BotApiClient, url: str, **params: object) -> None:
    """Set a webhook, again where Telegram asks to wait."""
    while (answer := bot_api.post("setWebhook", url=url, **params)).status_code == 429:
        pass
    assert answer.json()["ok"]


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox whose pauses are short."""
    with SandboxServer(SandboxOptions(pauses=0.05)) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that accepts updates."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.gate.set()
        server.shutdown()
        thread.join()


def test_updates_are_delivered_with_the_secret(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    client.send_text("before")
    set_webhook(bot_api, receiver.url, secret_token="s3cret_-")
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
    receiver.answers = [(500, None), (302, None), (503, None)]
    set_webhook(bot_api, receiver.url, max_connections=7)
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
    set_webhook(bot_api, "http://127.0.0.1:9/nobody")
    client.send_text("one")
    client.send_text("two")
    info = bot_api.call("getWebhookInfo")
    assert info["pending_update_count"] == 2
    set_webhook(bot_api, receiver.url)
    assert [receiver.take()[1]["message"]["text"] for _ in range(2)] == ["one", "two"]


def test_pending_updates_can_be_dropped(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    client.send_text("old")
    set_webhook(bot_api, receiver.url, drop_pending_updates=True)
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
            bot_api.post("setWebhook", url=receiver.url)
            bot_api.post("setWebhook", url="")
        assert api_error(waiting.result()) in (
            (409, "Conflict: terminated by setWebhook request"),
            (
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            ),
        )
    set_webhook(bot_api, receiver.url)
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
            "Bad Request: invalid webhook URL specified",
        ),
        ({"url": "http://"}, "Bad Request: invalid webhook URL specified"),
        (
            {"url": "https://example.com", "secret_token": "x" * 257},
            "Bad Request: secret token is too long",
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


def test_chats_do_not_wait_for_each_other_but_their_messages_are_in_order(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    set_webhook(bot_api, receiver.url)
    client.send_text("first success")
    assert receiver.take_text() == "first success"
    receiver.gate.clear()
    for text, user in [("one", ANNA), ("two", ANNA), ("three", BEN), ("four", BEN)]:
        client.send_text(text, user)
    assert {receiver.take_text() for _ in range(2)} == {"one", "three"}
    receiver.gate.set()
    assert {receiver.take_text() for _ in range(2)} == {"two", "four"}


def test_no_more_connections_than_the_bot_wants(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    set_webhook(bot_api, receiver.url, max_connections=1)
    client.send_text("first success")
    receiver.take()
    receiver.gate.clear()
    client.send_text("Anna's")
    client.send_text("Ben's", BEN)
    assert receiver.take_text() == "Anna's"
    info = bot_api.call("getWebhookInfo")
    assert info["pending_update_count"] == 2
    assert receiver.taken.empty()
    receiver.gate.set()
    assert receiver.take_text() == "Ben's"


def test_retry_after_is_followed_while_other_chats_go_on(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    receiver.answers = [(503, 1)]
    set_webhook(bot_api, receiver.url)
    client.send_text("Anna's")
    assert receiver.take_text() == "Anna's"
    refused = time.monotonic()
    client.send_text("Ben's", BEN)
    assert [receiver.take_text() for _ in range(2)] == ["Ben's", "Anna's"]
    assert time.monotonic() - refused > 0.9


def test_a_cut_network_keeps_updates_from_the_webhook(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    set_webhook(bot_api, receiver.url)
    client.cut_network()
    client.send_text("late")
    client.restore_network()
    assert receiver.take_text() == "late"


def test_accepted_updates_can_be_delivered_again(
    bot_api: BotApiClient, client: SandboxClient, receiver: Receiver
) -> None:
    set_webhook(bot_api, receiver.url)
    client.send_text("hello")
    update = receiver.take()[1]
    deadline = time.monotonic() + 10
    while bot_api.call("getWebhookInfo")["pending_update_count"]:
        assert time.monotonic() < deadline
    again = [receiver.take()[1] for _ in range(client.deliver_again())]
    assert update in again


def test_set_webhook_may_be_called_once_a_second() -> None:
    with SandboxServer() as server, BotApiClient(server) as bot_api:
        bot_api.call("setWebhook", url="http://127.0.0.1:9/nobody")
        assert bot_api.error("setWebhook", url="http://127.0.0.1:9/nobody") == (
            429,
            "Too Many Requests: retry after 1",
        )
        bot_api.call("deleteWebhook")


def test_queues_of_updates() -> None:
    anna, group = {"id": 1}, {"id": -5}
    message = {"chat": group, "from": anna}
    keys = [
        queue_key({"update_id": 1, "message": message}),
        queue_key({"update_id": 2, "edited_message": message}),
        queue_key({"update_id": 3, "callback_query": {"from": anna, "message": message}}),
        queue_key({"update_id": 4, "my_chat_member": message}),
        queue_key({"update_id": 5, "poll": {"id": "7"}}),
        queue_key({"update_id": 6, "message": {"chat": {"id": []}, "from": 5}}),
        queue_key({"update_id": 7}),
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 6
