"""Flood limits."""

from collections.abc import Iterator

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.flood_limits import UNLIMITED, FloodLimits, Rate
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.manual_clock import ManualClock
from tests.support.sandbox_client import ALEX, ANNA, GROUP, SandboxClient


@pytest.fixture
def sandbox(clock: ManualClock) -> Iterator[SandboxServer]:
    """A sandbox with Telegram's limits and a manual clock."""
    with SandboxServer(SandboxOptions(clock=clock)) as server:
        yield server


def _fill(bot_api: BotApiClient, chat: int) -> int:
    """Send until the sandbox rejects a message; return how many it accepted."""
    for count in range(100):
        if bot_api.post("sendMessage", chat_id=chat, text=str(count)).status_code != 200:
            return count
    raise AssertionError("never rejected")


def test_after_a_burst_one_message_per_second_passes(
    bot_api: BotApiClient, clock: ManualClock
) -> None:
    assert _fill(bot_api, ANNA) == 20
    refused = bot_api.post("sendMessage", chat_id=ANNA, text="x")
    assert refused.status_code == 429
    assert refused.json()["description"] == "Too Many Requests: retry after 1"
    assert refused.json()["parameters"] == {"retry_after": 1}
    assert refused.headers["retry-after"] == "1"
    assert bot_api.call("sendMessage", chat_id=ALEX, text="another chat")
    clock.now += 1
    assert _fill(bot_api, ANNA) == 1
    clock.now += 3600
    assert _fill(bot_api, ANNA) == 20


def test_a_group_takes_20_messages_a_minute(bot_api: BotApiClient, clock: ManualClock) -> None:
    assert _fill(bot_api, GROUP) == 20
    refused = bot_api.post("sendMessage", chat_id=GROUP, text="x")
    assert refused.json()["parameters"] == {"retry_after": 3}
    clock.now += 60
    assert _fill(bot_api, GROUP) == 20


def test_all_chats_together_have_a_limit(bot_api: BotApiClient, clock: ManualClock) -> None:
    assert _fill(bot_api, ANNA) + _fill(bot_api, ALEX) == 30
    clock.now += 1
    assert _fill(bot_api, ALEX) == 11  # 10 left of the burst, and 1 for the second


def test_edits_count_and_rejected_calls_do_not(bot_api: BotApiClient) -> None:
    sent = bot_api.call("sendMessage", chat_id=ANNA, text="0")["message_id"]
    for count in range(1, 20):
        bot_api.error("sendMessage", chat_id=ANNA, text="")
        bot_api.call("editMessageText", chat_id=ANNA, message_id=sent, text=str(count))
    refused = bot_api.error("editMessageText", chat_id=ANNA, message_id=sent, text="x")
    assert refused == (429, "Too Many Requests: retry after 1")
    # Only messages count.
    assert bot_api.call("sendChatAction", chat_id=ANNA, action="typing")


def test_limits_can_be_set_and_lifted() -> None:
    limits = FloodLimits(chat=Rate(burst=2, per_second=0.1))
    for chosen, expected in ((limits, 2), (UNLIMITED, None)):
        with (
            SandboxServer(SandboxOptions(limits=chosen)) as server,
            SandboxClient(server.url) as client,
            BotApiClient(server) as bot_api,
        ):
            client.send_text("/start")
            if expected is None:
                assert all(bot_api.call("sendMessage", chat_id=ANNA, text="x") for _ in range(50))
            else:
                assert _fill(bot_api, ANNA) == expected


def test_an_album_counts_every_photo(bot_api: BotApiClient, photo: bytes) -> None:
    files = {"a": ("a.jpg", photo, "image/jpeg")}
    media = "[" + ",".join(['{"type": "photo", "media": "attach://a"}'] * 10) + "]"
    for _ in range(2):
        assert len(bot_api.upload("sendMediaGroup", files, chat_id=str(GROUP), media=media)) == 10
    assert _fill(bot_api, GROUP) == 0
