"""getUpdates: offsets, long polling, kinds of updates, two pollers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient, api_error
from tests.support.sandbox_client import ANNA, SandboxClient
from tests.support.sandbox_http import NO_TLS


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox without Telegram's pauses."""
    with SandboxServer(SandboxOptions(pauses=0)) as server:
        yield server


def _texts(updates: list[dict[str, dict[str, str]]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def _send(client: SandboxClient, *texts: str) -> None:
    for text in texts:
        client.send_text(text)


def test_updates_come_in_order_until_they_are_confirmed(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    _send(client, "one", "two", "three")
    updates = bot_api.call("getUpdates")
    assert _texts(updates) == ["one", "two", "three"]
    assert bot_api.call("getUpdates", offset=0) == updates
    second = updates[1]["update_id"]
    assert second == updates[0]["update_id"] + 1
    assert _texts(bot_api.call("getUpdates", offset=second)) == ["two", "three"]
    assert bot_api.call("getUpdates", offset=second + 2) == []
    assert bot_api.call("getUpdates") == []


def test_a_negative_offset_keeps_the_last_few(bot_api: BotApiClient, client: SandboxClient) -> None:
    _send(client, "one", "two", "three")
    assert _texts(bot_api.call("getUpdates", offset=-2)) == ["two", "three"]
    assert _texts(bot_api.call("getUpdates")) == ["two", "three"]


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2, 2), (0, 1), (-5, 1), (1000, 100)])
def test_the_limit_is_from_1_to_100(
    bot_api: BotApiClient, client: SandboxClient, limit: int, expected: int
) -> None:
    _send(client, *("x" for _ in range(101 if limit > 100 else 3)))
    assert len(bot_api.call("getUpdates", limit=limit)) == expected


def test_a_long_poll_is_answered_when_something_happens(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bot_api.call, "getUpdates", timeout=20)
        client.send_text("now")
        assert _texts(waiting.result(10)) == ["now"]


def test_a_long_poll_ends_empty_after_its_timeout(bot_api: BotApiClient) -> None:
    assert bot_api.call("getUpdates", timeout=1) == []


def test_a_second_poller_ends_the_first(sandbox: SandboxServer, client: SandboxClient) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        BotApiClient(sandbox) as first,
        BotApiClient(sandbox) as second,
    ):
        waiting = pool.submit(first.post, "getUpdates", timeout=20)
        # Either poll may arrive first; the later one ends the other.
        while not waiting.done():
            second.post("getUpdates", timeout=1)
        assert api_error(waiting.result()) == (
            409,
            "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
        )
        client.send_text("still here")
        assert _texts(second.call("getUpdates")) == ["still here"]


def test_updates_survive_a_poller_that_disconnects(
    sandbox: SandboxServer, client: SandboxClient
) -> None:
    with BotApiClient(sandbox) as killed, pytest.raises(httpx.ReadTimeout):
        killed.http.post(f"{killed.base}/getUpdates", json={"timeout": 20}, timeout=0.2)
    client.send_text("for the next one")
    with BotApiClient(sandbox) as restarted:
        assert _texts(restarted.call("getUpdates", timeout=5)) == ["for the next one"]


def test_excluded_kinds_are_not_queued_until_the_setting_changes(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "yes"}]]}
    asked = bot_api.call("sendMessage", chat_id=ANNA, text="?", reply_markup=keyboard)

    def kinds() -> list[str]:
        client.send_text("hello")
        client.press(asked, "yes")
        updates = bot_api.call("getUpdates")
        bot_api.call("getUpdates", offset=updates[-1]["update_id"] + 1)
        return [kind for update in updates for kind in update if kind != "update_id"]

    assert kinds() == ["message", "callback_query"]
    bot_api.call("getUpdates", allowed_updates=["callback_query"])
    assert kinds() == ["callback_query"]
    bot_api.call("getUpdates", allowed_updates=[])
    assert kinds() == ["message", "callback_query"]


def test_stopping_the_sandbox_answers_a_long_poll() -> None:
    with SandboxServer() as server, ThreadPoolExecutor(1) as pool:
        client = httpx.Client(trust_env=False, verify=NO_TLS, timeout=30)
        with client:
            url = f"{server.url}/bot{server.token}/getUpdates"
            waiting = pool.submit(client.post, url, json={"timeout": 50})
            server.bot_ready().result(10)
            server.stop()
            assert waiting.result(10).json() == {"ok": True, "result": []}


def test_an_offset_far_in_the_future_confirms_nothing(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.send_text("hello")
    update = bot_api.call("getUpdates")[0]
    assert bot_api.call("getUpdates", offset=update["update_id"] + 1000) == [update]


def test_ids_do_not_repeat_after_a_restart() -> None:
    ids = []
    for _ in range(2):
        with SandboxServer() as server, SandboxClient(server.url) as client:
            for _ in range(3):
                client.send_text("hello")
            with BotApiClient(server) as bot_api:
                ids += [update["update_id"] for update in bot_api.call("getUpdates")]
    assert len(set(ids)) == 6
    assert max(ids) < 2**31


def test_a_raw_update_keeps_its_id_and_its_excluded_kind(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    bot_api.call("getUpdates", allowed_updates=["message"])
    raw = {"update_id": 2_100_000_000, "something_new": {"a": 1}, "more": [2]}
    assert client.deliver_update(raw) == 2_100_000_000
    client.send_text("next")
    found = bot_api.call("getUpdates")
    assert found[0] == raw
    assert found[1]["update_id"] == 2_100_000_001
    assert client.deliver("poll", 5) == 2_100_000_002
