import asyncio

import pytest
from telegram.error import RetryAfter

from bot.transport.rate_limiter import Pacer
from tests.support.fakes import FakeTelegram, fake_bot

FLOODED = (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 1}})


@pytest.fixture(autouse=True)
def timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


async def test_many_answers_to_a_chat_arrive_in_order_past_a_flood_limit(
    telegram: FakeTelegram,
) -> None:
    bot = fake_bot(telegram, rate_limiter=Pacer())
    telegram.fail("sendMessage", FLOODED)
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(bot.send_message(1001, str(number)) for number in range(10)))
    # One refusal is one pause, not one a message.
    assert telegram.texts == ["0", *[str(number) for number in range(10)]]
    assert 1 <= asyncio.get_running_loop().time() - started < 5


async def test_typing_is_never_held_up(telegram: FakeTelegram) -> None:
    bot = fake_bot(telegram, rate_limiter=Pacer())
    telegram.fail("sendChatAction", FLOODED)
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(1001, "typing")


async def test_calls_without_a_chat_are_waited_for_too(telegram: FakeTelegram) -> None:
    bot = fake_bot(telegram, rate_limiter=Pacer())
    telegram.fail("getMe", FLOODED)
    assert (await bot.get_me()).is_bot
