"""The network between the bot and Telegram, cut by a test."""

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.sandbox.state.network import Network
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA, SandboxClient


def test_no_call_gets_through_until_the_network_is_restored(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.cut_network()
    for method in ("getMe", "getUpdates"):
        with pytest.raises(httpx.TransportError):
            bot_api.post(method)
    with pytest.raises(httpx.TransportError):
        bot_api.http.get(f"{bot_api.files}/documents/file_0")
    client.send_text("people still write")
    client.restore_network()
    assert len(bot_api.call("getUpdates")) == 1


def test_the_network_comes_back_by_itself(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.cut_network(seconds=0.05)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            assert bot_api.call("getMe")
            return
    raise AssertionError("the network did not come back")


async def test_a_later_cut_replaces_an_earlier_one() -> None:
    network = Network()
    network.cut(0.01)
    network.cut()
    await asyncio.sleep(0.03)
    assert network.is_down


def test_a_cut_network_ends_what_is_under_way(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.fault("getMe", "slow_body", bytes_per_second=10)
    with ThreadPoolExecutor(2) as pool:
        polling = pool.submit(bot_api.post, "getUpdates", timeout=30)
        reading = pool.submit(bot_api.post, "getMe")
        while not client.requests("getMe"):
            pass
        while not polling.done():  # until the poll is there to be ended
            client.cut_network()
        for waiting in (polling, reading):
            assert isinstance(waiting.exception(), httpx.TransportError)
    client.restore_network()
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi")
