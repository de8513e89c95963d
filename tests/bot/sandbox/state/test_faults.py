"""Faults that a test orders, as they come over HTTP."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.sandbox.state.faults import KINDS
from bot.sandbox.state.refusals import REFUSALS
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import ALEX, ANNA, GROUP, SandboxClient, text_of

DOCUMENTATION = Path(__file__).parents[4] / "docs/sandbox.md"


def file_url(bot_api: BotApiClient, client: SandboxClient, data: bytes = b"data") -> str:
    """Return the address of a file that Anna has sent."""
    sent = client.send_document(data, "a.bin")["document"]
    path = bot_api.call("getFile", file_id=sent["file_id"])["file_path"]
    return f"{bot_api.files}/{path}"


def texts(client: SandboxClient) -> list[str]:
    return [text_of(message) for message in client.messages(ANNA)]


def test_too_many_requests(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("sendMessage", "too_many_requests", times=2, retry_after=7)
    for _ in range(2):
        answer = bot_api.post("sendMessage", chat_id=ANNA, text="hi")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "7"
        assert answer.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    assert bot_api.call("getMe")
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    assert [call["ok"] for call in client.requests("sendMessage")] == [False, False, True]


@pytest.mark.parametrize(
    ("kind", "numbers", "status", "title"),
    [
        ("bad_gateway", {}, 502, "502 Bad Gateway"),
        ("gateway_timeout", {}, 504, "504 Gateway Timeout"),
        ("html", {}, 200, "200 OK"),
        ("html", {"status": 403}, 403, "403 Forbidden"),
    ],
)
def test_a_page_instead_of_an_answer(
    bot_api: BotApiClient,
    client: SandboxClient,
    kind: str,
    numbers: dict[str, int],
    status: int,
    title: str,
) -> None:
    client.fault("*", kind, **numbers)
    answer = bot_api.post("getMe")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<title>{title}</title>" in answer.text
    assert bot_api.call("getMe")


def test_an_internal_error(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getMe", "internal_error")
    assert bot_api.error("getMe") == (500, "Internal Server Error")


@pytest.mark.parametrize(
    ("kind", "error"),
    [("drop", httpx.RemoteProtocolError), ("reset", httpx.ReadError)],
)
def test_a_connection_that_ends_before_the_call(
    bot_api: BotApiClient, client: SandboxClient, kind: str, error: type[Exception]
) -> None:
    client.fault("sendmessage", kind)
    with pytest.raises(error):
        bot_api.post("sendMessage", chat_id=ANNA, text="lost")
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    assert texts(client) == ["/start", "hi"]


def test_a_lost_answer_of_a_call_that_had_its_effect(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.fault("sendMessage", "lost_answer")
    with pytest.raises(httpx.ReadError):
        bot_api.post("sendMessage", chat_id=ANNA, text="arrived")
    assert texts(client) == ["/start", "arrived"]


def test_half_a_body(bot_api: BotApiClient, client: SandboxClient) -> None:
    url = file_url(bot_api, client, bytes(1000))
    client.fault("file", "half_body")
    with bot_api.http.stream("GET", url) as answer:
        assert answer.headers["content-length"] == "1000"
        pieces: list[bytes] = []
        with pytest.raises(httpx.RemoteProtocolError):
            pieces.extend(answer.iter_raw())
    assert sum(map(len, pieces)) == 500
    client.fault("sendMessage", "half_body")
    with pytest.raises(httpx.RemoteProtocolError):
        bot_api.post("sendMessage", chat_id=ANNA, text="arrived")
    assert texts(client)[-1] == "arrived"


def test_a_slow_body(bot_api: BotApiClient, client: SandboxClient) -> None:
    url = file_url(bot_api, client, bytes(range(100)))
    client.fault("file", "slow_body", bytes_per_second=200)
    started = time.monotonic()
    assert bot_api.http.get(url).content == bytes(range(100))
    assert time.monotonic() - started > 0.35
    client.fault("getMe", "slow_body", bytes_per_second=1)
    with (
        pytest.raises(httpx.ReadTimeout),
        bot_api.http.stream("GET", f"{bot_api.base}/getMe", timeout=0.5) as answer,
    ):
        answer.read()


@pytest.mark.parametrize("kind", ["large_body", "large_chunked_body"])
def test_a_body_of_another_size(bot_api: BotApiClient, client: SandboxClient, kind: str) -> None:
    url = file_url(bot_api, client)
    client.fault("file", kind, size=200_000)
    answer = bot_api.http.get(url)
    assert answer.content == bytes(200_000)
    assert ("content-length" in answer.headers) == (kind == "large_body")
    client.fault("file", kind)
    with bot_api.http.stream("GET", url) as answer:  # 300 MB that nobody reads
        assert answer.status_code == 200
    assert bot_api.http.get(url).content == b"data"


def test_a_timeout_holds_the_connection(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getMe", "timeout", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        bot_api.http.post(f"{bot_api.base}/getMe", timeout=0.2)
    client.fault("getMe", "timeout", seconds=0.1)
    with pytest.raises(httpx.RemoteProtocolError):
        bot_api.post("getMe")


@pytest.mark.parametrize("kind", [kind for kind in REFUSALS if kind != "migrated"])
def test_a_refusal_has_telegrams_code_and_words(
    bot_api: BotApiClient, client: SandboxClient, kind: str
) -> None:
    client.fault("sendPhoto", kind)
    error = bot_api.error("sendPhoto", chat_id=ANNA, photo="x")
    assert error == REFUSALS[kind]
    assert error[1].startswith({400: "Bad Request: ", 403: "Forbidden: "}.get(error[0], error[1]))


def test_a_chat_refuses_the_bot_until_the_faults_are_cleared(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.refuse(ANNA, "blocked")
    for _ in range(2):
        assert bot_api.error("sendMessage", chat_id=ANNA, text="hi") == (
            403,
            "Forbidden: bot was blocked by the user",
        )
        assert bot_api.error("sendChatAction", chat_id=ANNA, action="typing")[0] == 403
    assert bot_api.call("sendMessage", chat_id=ALEX, text="hi")
    client.clear_faults()
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    in_annas_chat = [call["ok"] for call in client.requests() if call["chat_id"] == ANNA]
    assert in_annas_chat == [False] * 4 + [True]


def test_a_flood_limit_of_one_chat_and_one_method(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.fault("sendMessage", "too_many_requests", times=1, chat=GROUP, retry_after=9)
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
    assert bot_api.call("sendChatAction", chat_id=GROUP, action="typing")
    assert bot_api.error("sendMessage", chat_id=str(GROUP), text="hi")[0] == 429
    assert bot_api.call("sendMessage", chat_id=GROUP, text="hi")


def test_a_group_that_became_a_supergroup(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.refuse(GROUP, "migrated", migrate_to_chat_id=-1009)
    answer = bot_api.post("sendMessage", chat_id=GROUP, text="hi")
    assert api_error(answer) == (
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
    )
    assert answer.json()["parameters"] == {"migrate_to_chat_id": -1009}
    assert "retry-after" not in answer.headers
    bot_api.call("sendMessage", chat_id=-1009, text="moved")
    assert [text_of(message) for message in client.messages(-1009)] == ["moved"]


def test_counted_faults_come_before_lasting_ones(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.refuse(ANNA, "no_text_rights")
    client.fault("sendMessage", "internal_error")
    codes = [bot_api.error("sendMessage", chat_id=ANNA, text="hi")[0] for _ in range(3)]
    assert codes == [500, 400, 400]


def test_a_revoked_token_ends_the_long_poll(bot_api: BotApiClient, client: SandboxClient) -> None:
    url = file_url(bot_api, client)
    offset = bot_api.call("getUpdates")[-1]["update_id"] + 1
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bot_api.call, "getUpdates", offset=offset, timeout=30)
        while not waiting.done():  # until the poll is there to be ended
            client.revoke_token()
        assert waiting.exception() is None or "Unauthorized" in str(waiting.exception())
    assert bot_api.error("getUpdates") == (401, "Unauthorized")
    assert bot_api.http.get(url).status_code == 401
    client.clear_faults()
    assert bot_api.call("getMe")


def test_get_me_without_is_bot(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getMe", "no_is_bot")
    me = bot_api.call("getMe")
    assert me["id"]
    assert "is_bot" not in me


def test_get_updates_that_ignores_its_timeout(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getUpdates", "ignored_timeout", times=None)
    started = time.monotonic()
    assert bot_api.call("getUpdates", timeout=30) == []
    assert time.monotonic() - started < 10
    client.send_text("hello")
    assert len(bot_api.call("getUpdates", timeout=30)) == 1


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


def test_the_documentation_lists_every_fault() -> None:
    section = DOCUMENTATION.read_text(encoding="utf-8").partition("## Faults")[2]
    assert {kind for kind in KINDS if f"`{kind}`" not in section} == set()


def test_faults_can_be_cleared(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("*", "drop", times=1000)
    client.clear_faults()
    assert bot_api.call("getMe")
