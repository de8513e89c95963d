"""Faults that a test orders."""

import httpx
import pytest

from tests.support.bot_api_client import Wire
from tests.support.sandbox_client import ANNA, SandboxClient


def test_too_many_requests(wire: Wire, people: SandboxClient) -> None:
    people.fault("sendMessage", "too_many_requests", times=2, retry_after=7)
    for _ in range(2):
        answer = wire.post("sendMessage", chat_id=ANNA, text="hi")
        assert answer.status_code == 429
        assert answer.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    assert wire.call("getMe")
    assert wire.call("sendMessage", chat_id=ANNA, text="hi")
    assert [call["ok"] for call in people.requests("sendMessage")] == [False, False, True]


def test_bad_gateway(wire: Wire, people: SandboxClient) -> None:
    people.fault("*", "bad_gateway")
    answer = wire.post("getMe")
    assert answer.status_code == 502
    assert "<title>502 Bad Gateway</title>" in answer.text
    assert wire.call("getMe")


def test_a_dropped_connection(wire: Wire, people: SandboxClient) -> None:
    people.fault("sendmessage", "drop")
    with pytest.raises(httpx.RemoteProtocolError):
        wire.post("sendMessage", chat_id=ANNA, text="lost")
    assert wire.call("sendMessage", chat_id=ANNA, text="hi")
    assert [message["text"] for message in people.messages(ANNA)] == ["/start", "hi"]


def test_a_timeout_holds_the_connection(wire: Wire, people: SandboxClient) -> None:
    people.fault("getMe", "timeout", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        wire.http.post(f"{wire.base}/getMe", timeout=0.2)
    people.fault("getMe", "timeout", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.post("getMe")


def test_a_failed_download(wire: Wire, people: SandboxClient) -> None:
    sent = people.send_document(b"data", "a.bin")["document"]
    path = wire.call("getFile", file_id=sent["file_id"])["file_path"]
    people.fault("file", "bad_gateway")
    assert wire.http.get(f"{wire.files}/{path}").status_code == 502
    assert wire.http.get(f"{wire.files}/{path}").content == b"data"


def test_a_duplicated_update(wire: Wire, people: SandboxClient) -> None:
    people.fault("getUpdates", "duplicate_update")
    for text in ("twice", "once"):
        people.send_text(text)
    updates = wire.call("getUpdates")
    assert [update["message"]["text"] for update in updates] == ["twice", "twice", "once"]
    assert updates[0] == updates[1]
    wire.call("getUpdates", offset=updates[0]["update_id"] + 1)
    assert len(wire.call("getUpdates")) == 1


def test_an_update_in_three_copies(wire: Wire, people: SandboxClient) -> None:
    people.fault("getUpdates", "duplicate_update", copies=3)
    people.send_text("thrice")
    assert len(wire.call("getUpdates")) == 3


def test_what_was_confirmed_can_be_delivered_again(wire: Wire, people: SandboxClient) -> None:
    for text in ("one", "two"):
        people.send_text(text)
    updates = wire.call("getUpdates")
    wire.call("getUpdates", offset=updates[-1]["update_id"] + 1)
    people.send_text("three")
    assert people.deliver_again() >= 2
    again = wire.call("getUpdates")
    assert again[-3:-1] == updates
    assert again[-1]["message"]["text"] == "three"


def test_faults_can_be_called_off(wire: Wire, people: SandboxClient) -> None:
    people.fault("*", "drop", times=1000)
    people.clear_faults()
    assert wire.call("getMe")
