import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from bot.errors import ListenError
from bot.inbox import webhook
from bot.inbox.webhook import WebhookApp, listening
from bot.webhook_address import WebhookAddress
from tests.support.sandbox_http import NO_TLS

Json = dict[str, Any]

SECRET = "s3cret_-"
RIGHT = {webhook.SECRET_HEADER: SECRET}
PATH = "/mood bot"
UPDATE: Json = {"update_id": 7, "message": {"text": "hello"}}


class Inbox:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.room = 1
        self.backlog_s = 0.0
        self.is_asked = asyncio.Event()
        self.takes_updates = asyncio.Event()
        self.takes_updates.set()
        self.updates: list[object] = []

    def note_backlog(self, seconds: float) -> None:
        self.backlog_s = seconds

    async def accept(self, contents: Sequence[object]) -> None:
        self.is_asked.set()
        await self.takes_updates.wait()
        self.updates.extend(contents)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def an_address(port: int = 8443, host: str = "127.0.0.1") -> WebhookAddress:
    return WebhookAddress("https://example.org/mood%20bot", SECRET, host, port)


@pytest.fixture
def app(inbox: Inbox) -> WebhookApp:
    app = WebhookApp(an_address())
    app.deliver_to(inbox)
    return app


@pytest.fixture
async def telegram(app: WebhookApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sends what Telegram sends, unless told otherwise."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client


async def test_an_update_is_handed_over(telegram: httpx.AsyncClient, inbox: Inbox) -> None:
    response = await telegram.post(PATH, json=UPDATE, headers=RIGHT)
    assert (response.status_code, response.content) == (200, b"")
    assert inbox.updates == [UPDATE]


async def test_an_odd_update_is_handed_over(telegram: httpx.AsyncClient, inbox: Inbox) -> None:
    odd = {"update_id": 8, "message": [], "a kind from the future": None}
    assert (await telegram.post(PATH, json=odd, headers=RIGHT)).status_code == 200
    assert inbox.updates == [odd]


@pytest.mark.parametrize("secret", [None, "", "s3cret", "s3cret_-2", "ü"])
async def test_without_the_secret_nothing_gets_in(
    telegram: httpx.AsyncClient, inbox: Inbox, secret: str | None
) -> None:
    headers = {} if secret is None else {webhook.SECRET_HEADER: secret.encode("latin-1")}
    response = await telegram.post(PATH, json=UPDATE, headers=headers)
    assert (response.status_code, response.content) == (403, b"")
    assert inbox.updates == []


async def test_refused_requests_do_not_fill_the_log(
    telegram: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    for _ in range(50):
        await telegram.post(PATH, json=UPDATE, headers={webhook.SECRET_HEADER: "guess"})
        await telegram.get("/.env")
    assert len(caplog.messages) == 1
    assert "secret is missing or wrong" in caplog.messages[0]
    assert "guess" not in caplog.text
    assert "hello" not in caplog.text


@pytest.mark.parametrize(
    ("status", "method", "path", "headers", "content"),
    [
        (404, "POST", "/", RIGHT, b"{}"),
        (404, "POST", "/mood bot/", RIGHT, b"{}"),
        (405, "GET", PATH, RIGHT, b""),
        (405, "PUT", PATH, RIGHT, b"{}"),
        (415, "POST", PATH, RIGHT, b'{"update_id": 7}'),
        (415, "POST", PATH, RIGHT | {"Content-Type": "text/plain"}, b'{"update_id": 7}'),
    ],
)
async def test_only_json_is_accepted_and_only_by_post_to_the_path(
    telegram: httpx.AsyncClient,
    inbox: Inbox,
    status: int,
    method: str,
    path: str,
    headers: dict[str, str],
    content: bytes,
) -> None:
    response = await telegram.request(method, path, headers=headers, content=content)
    assert response.status_code == status
    assert inbox.updates == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b"1" * 5000,
        b"null",
        b"[7]",
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": true}',
        b'{"update_id": 7.0}',
        b'{"update_id": 9223372036854775808}',
    ],
)
async def test_what_is_not_an_update_is_refused(
    telegram: httpx.AsyncClient, inbox: Inbox, body: bytes
) -> None:
    headers = RIGHT | {"Content-Type": "application/json; charset=utf-8"}
    response = await telegram.post(PATH, content=body, headers=headers)
    assert response.status_code == 400
    assert inbox.updates == []


async def test_an_endless_body_is_cut_off(telegram: httpx.AsyncClient, inbox: Inbox) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65536

    headers = RIGHT | {"Content-Type": "application/json"}
    response = await telegram.post(PATH, content=endless(), headers=headers)
    assert response.status_code == 413
    assert sent <= webhook.MAX_BODY_BYTES / 65536 + 1
    assert inbox.updates == []


async def test_a_body_that_does_not_come_is_not_waited_for(
    telegram: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "READ_TIMEOUT_S", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    headers = RIGHT | {"Content-Type": "application/json"}
    assert (await telegram.post(PATH, content=never(), headers=headers)).status_code == 408


@pytest.mark.parametrize("reason", ["no room", "stopping", "closing"])
async def test_telegram_is_asked_to_come_again(
    telegram: httpx.AsyncClient, app: WebhookApp, inbox: Inbox, reason: str
) -> None:
    if reason == "no room":
        inbox.room = 0
    elif reason == "stopping":
        app.stop_delivering()
    else:
        inbox.takes_updates.clear()
        app.close()
    response = await telegram.post(PATH, json=UPDATE, headers=RIGHT)
    assert response.status_code == 503
    assert 1 <= int(response.headers["Retry-After"]) <= 10
    if reason == "no room":  # an album is not complete before Telegram has come again
        assert inbox.backlog_s > int(response.headers["Retry-After"])
    assert inbox.updates == []
    assert (app.take_busy_answers(), app.take_busy_answers()) == (1, 0)


# Over a real connection.


@asynccontextmanager
async def served(inbox: Inbox, host: str) -> AsyncIterator[str]:
    """Serve on a free port; give its URL."""
    with socket.create_server((host, 0), family=_family(host)) as probe:
        port = probe.getsockname()[1]
    app = WebhookApp(an_address(port, host))
    app.deliver_to(inbox)
    async with listening(app):
        yield f"http://{app.address.listen}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_it_listens(inbox: Inbox, host: str) -> None:
    async with served(inbox, host) as url, _client() as client:
        for _ in range(2):  # over one connection
            response = await client.post(url + PATH, json=UPDATE, headers=RIGHT)
            assert (response.status_code, response.content) == (200, b"")
        assert (await client.post(url + PATH, json=UPDATE)).status_code == 403
        assert "server" not in response.headers
    assert inbox.updates == [UPDATE, UPDATE]
    with pytest.raises(httpx.ConnectError):
        async with _client() as client:
            await client.get(url)


async def test_a_request_in_flight_is_answered_at_the_end(inbox: Inbox) -> None:
    inbox.takes_updates.clear()
    async with _client() as client:
        async with served(inbox, "127.0.0.1") as url:
            sending = asyncio.ensure_future(client.post(url + PATH, json=UPDATE, headers=RIGHT))
            await inbox.is_asked.wait()
        assert (await sending).status_code == 503


async def test_all_addresses_include_those_of_ipv4(inbox: Inbox) -> None:
    async with served(inbox, "::") as url, _client() as client:
        port = url.rpartition(":")[2]
        await client.post(f"http://127.0.0.1:{port}{PATH}", json=UPDATE, headers=RIGHT)
    assert inbox.updates == [UPDATE]


async def test_garbage_is_not_logged(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    async with served(inbox, "127.0.0.1") as url, _client() as client:
        host, _, port = url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"\x16\x03\x01 TLS?\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 400")
        writer.close()
        await writer.wait_closed()
        await client.post(url + PATH, json=UPDATE, headers=RIGHT)
    assert inbox.updates == [UPDATE]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


async def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"127.0.0.1:{port}: Address already in use"):
            async with listening(WebhookApp(an_address(port))):
                pass


async def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(ListenError, match="BOT_WEBHOOK_LISTEN"):
        async with listening(WebhookApp(an_address(host="192.0.2.1"))):
            pass


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=False, verify=NO_TLS, timeout=10)
