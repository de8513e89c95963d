"""A call has the same meaning whatever the encoding of its parameters."""

import json
import socket
from collections.abc import Callable, Iterator

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import ANNA

TEXT = "Grüße & <b>Küsse</b> 😀"
MARKUP = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """One sandbox for the whole module: no test depends on what others have sent."""
    with SandboxServer() as server:
        yield server


def _json(bot_api: BotApiClient) -> httpx.Response:
    return bot_api.post("sendMessage", chat_id=ANNA, text=TEXT, reply_markup=MARKUP)


def _json_of_strings(bot_api: BotApiClient) -> httpx.Response:
    markup = json.dumps(MARKUP)
    return bot_api.post("sendMessage", chat_id=str(ANNA), text=TEXT, reply_markup=markup)


def _fields() -> dict[str, str]:
    return {"chat_id": str(ANNA), "text": TEXT, "reply_markup": json.dumps(MARKUP)}


def _form(bot_api: BotApiClient) -> httpx.Response:
    return bot_api.http.post(f"{bot_api.base}/sendMessage", data=_fields())


def _multipart(bot_api: BotApiClient) -> httpx.Response:
    parts = {name: (None, value) for name, value in _fields().items()}
    return bot_api.http.post(f"{bot_api.base}/sendMessage", files=parts)


def _query(bot_api: BotApiClient) -> httpx.Response:
    return bot_api.http.get(f"{bot_api.base}/sendMessage", params=_fields())


@pytest.mark.parametrize("send", [_json, _json_of_strings, _form, _multipart, _query])
def test_every_encoding_is_understood(
    bot_api: BotApiClient, send: Callable[[BotApiClient], httpx.Response]
) -> None:
    message = send(bot_api).json()["result"]
    assert message["text"] == TEXT
    assert message["reply_markup"] == MARKUP
    assert message["chat"]["id"] == ANNA


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "can't parse the request: can't parse JSON object"),
        (b'{"text": NaN}', "can't parse the request: can't parse JSON object"),
        (
            b'{"chat_id": 1001, "text": "\\ud83d"}',
            "can't parse the request: can't parse JSON object",
        ),
        (b"[" * 100_000, "can't parse the request: can't parse JSON object"),
        (b"[1]", "can't parse the request: JSON object expected"),
        (b"", "message text is empty"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_rejected(
    bot_api: BotApiClient, body: bytes, reason: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = bot_api.http.post(f"{bot_api.base}/sendMessage", content=body, headers=headers)
    assert api_error(answer) == (400, f"Bad Request: {reason}")


def test_a_broken_multipart_body_is_rejected(bot_api: BotApiClient) -> None:
    headers = {"content-type": "multipart/form-data"}
    answer = bot_api.http.post(f"{bot_api.base}/sendMessage", content=b"--x\r\n", headers=headers)
    code, description = api_error(answer)
    assert code == 400
    assert description.startswith("Bad Request: can't parse the request: ")


@pytest.mark.parametrize("markup", ["{", "1e999", '{"inline_keyboard": NaN}', '{"a": "\\ud800"}'])
def test_a_parameter_that_is_not_json_is_rejected(bot_api: BotApiClient, markup: str) -> None:
    assert bot_api.error("sendMessage", chat_id=ANNA, text="hi", reply_markup=markup) == (
        400,
        "Bad Request: can't parse reply keyboard markup JSON object",
    )


def test_an_upload_above_the_limit_is_rejected_before_it_is_read(bot_api: BotApiClient) -> None:
    url = httpx.URL(f"{bot_api.base}/sendDocument")
    lines = (
        f"POST {url.raw_path.decode()} HTTP/1.1",
        f"Host: {url.netloc.decode()}",
        f"Content-Length: {60 * 2**20}",
        "\r\n",
    )
    # No body follows: the request is rejected for the length in its header.
    with socket.create_connection((url.host, url.port or 80), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"description":"Request Entity Too Large"' in answer
