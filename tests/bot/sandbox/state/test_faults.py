"""Fault injection."""

import httpx
import pytest

from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA, SandboxClient


def test_too_many_requests(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("sendMessage", "too_many_requests", times=2, retry_after=7)
    for _ in range(2):
        answer = bot_api.post("sendMessage", chat_id=ANNA, text="hi")
        assert answer.status_code == 429
        assert answer.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    assert bot_api.call("getMe")
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    assert [call["ok"] for call in client.requests("sendMessage")] == [False, False, True]


def test_bad_gateway(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("*", "bad_gateway")
    answer = bot_api.post("getMe")
    assert answer.status_code == 502
    assert "<title>502 Bad Gateway</title>" in answer.text
    assert bot_api.call("getMe")


def test_a_dropped_connection(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("sendmessage", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        bot_api.post("sendMessage", chat_id=ANNA, text="lost")
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    assert [message["text"] for message in client.messages(ANNA)] == ["/start", "hi"]


def test_a_timeout_holds_the_connection(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getMe", "timeout", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        bot_api.http.post(f"{bot_api.base}/getMe", timeout=0.2)
    client.fault("getMe", "timeout", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        bot_api.post("getMe")


def test_a_failed_download(bot_api: BotApiClient, client: SandboxClient) -> None:
    sent = client.send_document(b"data", "a.bin")["document"]
    path = bot_api.call("getFile", file_id=sent["file_id"])["file_path"]
    client.fault("file", "bad_gateway")
    assert bot_api.http.get(f"{bot_api.files}/{path}").status_code == 502
    assert bot_api.http.get(f"{bot_api.files}/{path}").content == b"data"


def test_a_duplicate_update(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getUpdates", "duplicate_update")
    for text in ("twice", "once"):
        client.send_text(text)
    updates = bot_api.call("getUpdates")
    assert [update["message"]["text"] for update in updates] == ["twice", "twice", "once"]
    assert updates[0] == updates[1]
    bot_api.call("getUpdates", offset=updates[0]["update_id"] + 1)
    assert len(bot_api.call("getUpdates")) == 1


def test_an_update_in_three_copies(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getUpdates", "duplicate_update", copies=3)
    client.send_text("thrice")
    assert len(bot_api.call("getUpdates")) == 3


def test_confirmed_updates_can_be_redelivered(bot_api: BotApiClient, client: SandboxClient) -> None:
    for text in ("one", "two"):
        client.send_text(text)
    updates = bot_api.call("getUpdates")
    bot_api.call("getUpdates", offset=updates[-1]["update_id"] + 1)
    client.send_text("three")
    assert client.deliver_again() >= 2
    again = bot_api.call("getUpdates")
    assert again[-3:-1] == updates
    assert again[-1]["message"]["text"] == "three"


def test_faults_can_be_cleared(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("*", "drop", times=1000)
    client.clear_faults()
    assert bot_api.call("getMe")
