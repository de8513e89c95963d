"""Answers of Bot API servers that differ from Telegram's."""

import httpx
from telegram import Bot

from bot.transport.outgoing_requests import RetryingRequest
from tests.support.failing_network import Network


async def test_a_server_that_does_not_call_the_bot_a_bot_is_understood(
    request_: RetryingRequest, network: Network
) -> None:
    user = {"id": 666, "first_name": "Test", "username": "test"}  # as npm's telegram-test-api says
    network.fail(httpx.Response(200, json={"ok": True, "result": user}), "getMe")
    async with Bot("123:TOKEN", request=request_) as bot:
        assert (bot.id, bot.bot.is_bot) == (666, True)


async def test_a_message_with_a_date_that_the_library_cannot_read_counts_as_sent(
    request_: RetryingRequest, network: Network
) -> None:
    # Milliseconds, as npm's telegram-test-api sends them.
    sent = {"message_id": 7, "chat": {"id": 5, "type": "private"}, "date": 1795764000123}
    network.fail(httpx.Response(200, json={"ok": True, "result": sent}), "sendMessage")
    bot = Bot("123:TOKEN", request=request_)
    assert (await bot.send_message(5, "hello")).message_id == 7


async def test_an_edit_that_is_answered_with_nothing_counts_as_done(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(httpx.Response(200, json={"ok": True, "result": None}), "editMessageText")
    assert await Bot("123:TOKEN", request=request_).edit_message_text("hello", 5, 7) is True
