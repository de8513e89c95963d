"""Addresses, tokens and the shape of answers."""

import socket

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import Wire, refusal
from tests.support.sandbox_client import ANNA, SandboxClient


def test_a_success_has_ok_and_result(wire: Wire) -> None:
    assert wire.post("getMe").json() == {
        "ok": True,
        "result": {
            "id": 123456,
            "is_bot": True,
            "first_name": "Photo mood",
            "username": "photo_mood_sandbox_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        },
    }


@pytest.mark.parametrize("token", ["123456:wrong", "nonsense", "123456:"])
def test_an_unknown_token_is_unauthorized(sandbox: SandboxServer, token: str) -> None:
    with Wire(sandbox, token) as stranger:
        assert stranger.refusal("getMe") == (401, "Unauthorized")
        download = stranger.http.get(f"{stranger.files}/photos/file_0.jpg")
        assert refusal(download) == (401, "Unauthorized")


def test_an_unknown_method_is_not_found(wire: Wire) -> None:
    assert wire.refusal("sendTelepathy") == (404, "Not Found: method not found")


def test_an_address_that_is_none_is_answered_in_the_shape_of_the_bot_api(wire: Wire) -> None:
    assert refusal(wire.http.get(wire.base)) == (404, "Not Found")
    assert refusal(wire.http.get(f"{wire.base}/getMe/again")) == (404, "Not Found")
    assert refusal(wire.http.get(f"{wire.files}/photos/file_99.jpg")) == (404, "Not Found")


def test_names_of_methods_match_in_any_case_and_with_get(wire: Wire) -> None:
    assert wire.call("GETME")["id"] == 123456
    assert wire.http.get(f"{wire.base}/getme").json()["result"]["id"] == 123456


def test_what_the_bot_called_can_be_read_without_its_token(
    wire: Wire, people: SandboxClient, sandbox: SandboxServer
) -> None:
    wire.call("sendMessage", chat_id=ANNA, text="hello")
    wire.refusal("sendMessage", chat_id=ANNA, text="")
    assert [call["ok"] for call in people.requests("sendMessage")] == [True, False]
    assert sandbox.token not in str(people.requests())


def test_the_token_is_never_logged(
    wire: Wire, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="uvicorn"), caplog.at_level("DEBUG", logger="bot"):
        wire.call("getMe")
        wire.refusal("sendMessage")
        wire.http.get(f"{wire.base}/nothing/here")
    assert sandbox.token not in caplog.text


def test_a_bot_that_hangs_up_in_the_middle_of_a_call_leaves_no_traceback(
    sandbox: SandboxServer, people: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    request = (
        f"POST /bot{sandbox.token}/sendMessage HTTP/1.1\r\nHost: sandbox\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(request.encode())
    # The server notices between two other requests.
    assert any(people.requests("sendMessage") for _ in range(500))
    assert caplog.records == []
