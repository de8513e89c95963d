"""Paths, tokens and the format of answers."""

import socket

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import ANNA, SandboxClient


def test_a_success_has_ok_and_result(bot_api: BotApiClient) -> None:
    assert bot_api.post("getMe").json() == {
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
    with BotApiClient(sandbox, token) as stranger:
        assert stranger.error("getMe") == (401, "Unauthorized")
        download = stranger.http.get(f"{stranger.files}/photos/file_0.jpg")
        assert api_error(download) == (401, "Unauthorized")


def test_an_unknown_method_is_not_found(bot_api: BotApiClient) -> None:
    assert bot_api.error("sendTelepathy") == (404, "Not Found: method not found")


def test_an_unknown_path_is_answered_in_the_format_of_the_bot_api(
    bot_api: BotApiClient,
) -> None:
    assert api_error(bot_api.http.get(bot_api.base)) == (404, "Not Found")
    assert api_error(bot_api.http.get(f"{bot_api.base}/getMe/again")) == (404, "Not Found")
    assert api_error(bot_api.http.get(f"{bot_api.files}/photos/file_99.jpg")) == (404, "Not Found")


def test_method_names_match_in_any_case_and_with_get(bot_api: BotApiClient) -> None:
    assert bot_api.call("GETME")["id"] == 123456
    assert bot_api.http.get(f"{bot_api.base}/getme").json()["result"]["id"] == 123456


def test_the_list_of_calls_does_not_contain_the_token(
    bot_api: BotApiClient, client: SandboxClient, sandbox: SandboxServer
) -> None:
    bot_api.call("sendMessage", chat_id=ANNA, text="hello")
    bot_api.error("sendMessage", chat_id=ANNA, text="")
    assert [call["ok"] for call in client.requests("sendMessage")] == [True, False]
    assert sandbox.token not in str(client.requests())


def test_the_token_is_never_logged(
    bot_api: BotApiClient, sandbox: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="uvicorn"), caplog.at_level("DEBUG", logger="bot"):
        bot_api.call("getMe")
        bot_api.error("sendMessage")
        bot_api.http.get(f"{bot_api.base}/nothing/here")
    assert sandbox.token not in caplog.text


def test_a_bot_that_disconnects_during_a_call_causes_no_traceback(
    sandbox: SandboxServer, client: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    request = (
        f"POST /bot{sandbox.token}/sendMessage HTTP/1.1\r\nHost: sandbox\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", sandbox.port)) as connection:
        connection.sendall(request.encode())
    # The server notices the disconnection while it handles other requests.
    assert any(client.requests("sendMessage") for _ in range(500))
    assert caplog.records == []
