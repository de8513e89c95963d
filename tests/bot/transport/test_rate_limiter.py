import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from telegram import InputMediaPhoto
from telegram.error import ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.context import MoodBot
from bot.transport.rate_limiter import RateLimiter
from tests.support.fake_telegram import FakeTelegram, fake_bot

ANNA = 1001
BEN = 1002
GROUP = -1001
HOUR = 3600


class TimedTelegram(FakeTelegram):
    """Also knows when each request came, and can refuse those to one chat."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[tuple[float, str, dict[str, Any]]] = []
        self.refusals: dict[int, deque[TelegramError]] = {}

    def refuse(self, chat_id: int, *errors: TelegramError) -> None:
        self.refusals.setdefault(chat_id, deque()).extend(errors)

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        answer = await super().do_request(url, *args, **kwargs)
        name, parameters = self.calls[-1]
        if waiting := self.refusals.get(parameters.get("chat_id", 0)):
            raise waiting.popleft()
        self.arrivals.append((now(), name, parameters))
        return answer

    def times(self, chat_id: int, method: str = "sendMessage") -> list[float]:
        """Return when messages arrived in a chat, in seconds."""
        return [
            time
            for time, name, parameters in self.arrivals
            if name == method and parameters["chat_id"] == chat_id
        ]

    def texts_to(self, chat_id: int) -> list[str]:
        return [
            parameters["text"]
            for _, name, parameters in self.arrivals
            if name == "sendMessage" and parameters["chat_id"] == chat_id
        ]


def now() -> float:
    """Return the time in seconds, to the millisecond."""
    return round(asyncio.get_running_loop().time(), 3)


@pytest.fixture
def telegram() -> TimedTelegram:
    return TimedTelegram()


@pytest.fixture
def bot(telegram: TimedTelegram) -> MoodBot:
    return fake_bot(telegram, rate_limiter=RateLimiter())


def most_within(seconds: float, times: list[float]) -> int:
    """Return the largest number of times within any period of some seconds."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)


async def send_many(bot: MoodBot, chat_id: int, count: int) -> None:
    await asyncio.gather(*(bot.send_message(chat_id, str(number)) for number in range(count)))


async def test_a_person_gets_a_message_a_second_after_a_short_burst(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    await send_many(bot, ANNA, 65)
    times = telegram.times(ANNA)
    assert times[9] == 0
    assert times[-1] == pytest.approx(55, abs=0.1)
    assert telegram.texts_to(ANNA) == [str(number) for number in range(65)]


@pytest.mark.parametrize("chat_id", [GROUP, "@channel"])
async def test_a_group_gets_twenty_messages_a_minute(
    bot: MoodBot, telegram: TimedTelegram, chat_id: Any
) -> None:
    await send_many(bot, chat_id, 100)
    times = telegram.times(chat_id)
    assert most_within(60, times) <= 30
    assert times[-1] == pytest.approx(90 * 3, abs=0.1)


async def test_two_hundred_chats_get_thirty_messages_a_second_in_all(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    await asyncio.gather(*(send_many(bot, chat_id, 6) for chat_id in range(1, 201)))
    times = [time for time, _, _ in telegram.arrivals]
    assert len(times) == 1200
    assert most_within(1, times) <= 45
    assert times[-1] == pytest.approx(40, abs=1)
    # Nobody is kept waiting for the others to finish.
    assert max(telegram.times(chat_id)[0] for chat_id in range(1, 201)) < 8


async def test_bots_with_one_token_divide_the_rate_of_all_chats(bot: MoodBot) -> None:
    limiter = bot.rate_limiter
    assert isinstance(limiter, RateLimiter)
    limiter.divide_among(2)
    await asyncio.gather(*(send_many(bot, chat_id, 1) for chat_id in range(1, 201)))
    assert now() == pytest.approx((200 - 15) / 15, abs=0.5)
    limiter.divide_among(1)
    start = now()
    await asyncio.gather(*(send_many(bot, chat_id, 1) for chat_id in range(201, 401)))
    assert now() - start == pytest.approx((200 - 15) / 30, abs=0.5)


async def test_edits_count_but_do_not_wait_behind_messages(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    sending = asyncio.ensure_future(send_many(bot, ANNA, 60))
    await asyncio.sleep(10.5)
    await bot.edit_message_text("👍", ANNA, 1)
    assert now() < 13
    await sending
    assert telegram.times(ANNA)[-1] == pytest.approx(51, abs=0.1)


async def test_taps_files_and_menus_do_not_wait_for_two_hundred_chats(bot: MoodBot) -> None:
    sending = asyncio.ensure_future(
        asyncio.gather(*(send_many(bot, chat_id, 3) for chat_id in range(1, 201)))
    )
    await asyncio.sleep(1)
    await bot.answer_callback_query("1")
    await bot.get_file("photo")
    await bot.get_me()
    assert now() == 1
    await bot.edit_message_text("👍", ANNA, 1)
    assert now() < 1.2
    await sending


async def test_a_flood_limit_in_one_chat_delays_that_chat_alone(
    bot: MoodBot, telegram: TimedTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refuse(ANNA, RetryAfter(29))
    sending = asyncio.ensure_future(send_many(bot, ANNA, 3))
    await asyncio.sleep(0.1)
    await bot.send_message(BEN, "hello")
    await bot.answer_callback_query("1")
    await bot.edit_message_text("👍", BEN, 1)
    assert now() == pytest.approx(0.1)
    await sending
    assert telegram.times(ANNA) == [29, 29, 29]
    assert telegram.texts_to(ANNA) == ["0", "1", "2"]
    assert caplog.messages == ["sendMessage: Telegram asks to wait 29 s (429)"]


async def test_a_message_is_refused_as_often_as_telegram_likes_and_not_lost(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    telegram.refuse(ANNA, *[RetryAfter(10)] * 50)
    await send_many(bot, ANNA, 2)
    assert telegram.texts_to(ANNA) == ["0", "1"]
    assert now() == pytest.approx(500, abs=1)


async def test_a_flood_limit_holds_for_messages_and_edits_of_the_chat(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    telegram.refuse(ANNA, RetryAfter(29))
    await asyncio.gather(bot.send_message(ANNA, "hello"), bot.edit_message_text("👍", ANNA, 1))
    assert telegram.times(ANNA) == telegram.times(ANNA, "editMessageText") == [29]
    telegram.refuse(ANNA, RetryAfter(10))
    await asyncio.gather(bot.edit_message_text("👍", ANNA, 1), bot.send_message(ANNA, "hello"))
    assert telegram.times(ANNA) == telegram.times(ANNA, "editMessageText") == [29, 39]


async def test_a_wait_of_more_than_an_hour_is_named_in_the_log(
    bot: MoodBot, telegram: TimedTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refuse(ANNA, RetryAfter(2 * HOUR))
    await bot.send_message(ANNA, "hello")
    assert telegram.times(ANNA) == [2 * HOUR]
    assert "7200 s (more than an hour)" in caplog.text


@pytest.mark.parametrize("call", [MoodBot.get_me, lambda bot: bot.get_file("photo")])
async def test_calls_without_a_chat_wait_as_long_as_telegram_asks(
    bot: MoodBot, telegram: TimedTelegram, call: Callable[[MoodBot], Any]
) -> None:
    telegram.refuse(0, RetryAfter(490), RetryAfter(10))
    await call(bot)
    assert now() == 500


async def test_a_tap_is_not_acknowledged_after_telegram_has_forgotten_it(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    telegram.refuse(0, RetryAfter(5), RetryAfter(300))
    with pytest.raises(RetryAfter):
        await bot.answer_callback_query("1")
    assert now() == 5


async def test_typing_is_shown_at_once_or_not_at_all(bot: MoodBot, telegram: TimedTelegram) -> None:
    telegram.refuse(ANNA, RetryAfter(29), RetryAfter(29))
    sending = asyncio.ensure_future(bot.send_message(ANNA, "hello"))
    await asyncio.sleep(1)
    await bot.send_chat_action(ANNA, "typing")
    assert len(telegram.called("sendChatAction")) == 0
    await asyncio.sleep(30)
    await bot.send_chat_action(BEN, "typing")
    assert now() == 31
    assert telegram.times(BEN, "sendChatAction") == [31]
    await sending


async def test_typing_pauses_when_telegram_refuses_it_but_messages_go_on(
    bot: MoodBot, telegram: TimedTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refuse(ANNA, RetryAfter(29))
    for _ in range(3):
        await bot.send_chat_action(ANNA, "typing")
    await bot.send_message(ANNA, "hello")
    assert now() == 0
    assert len(telegram.called("sendChatAction")) == 1
    assert caplog.messages == ["sendChatAction: Telegram asks to wait 29 s (429)"]


async def test_a_message_follows_a_group_to_its_new_id_once(
    bot: MoodBot, telegram: TimedTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.refuse(GROUP, ChatMigrated(-2002))
    await bot.send_message(GROUP, "hello")
    assert telegram.texts_to(-2002) == ["hello"]
    assert len(caplog.records) == 1
    telegram.refuse(GROUP, ChatMigrated(-2002))
    telegram.refuse(-2002, ChatMigrated(-3003))
    with pytest.raises(ChatMigrated):
        await bot.send_message(GROUP, "hello")


async def test_other_refusals_are_passed_on_and_hold_nothing_up(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    telegram.refuse(ANNA, Forbidden("bot was blocked by the user"))
    with pytest.raises(Forbidden):
        await bot.send_message(ANNA, "hello")
    await bot.send_message(ANNA, "hello again")
    assert telegram.texts_to(ANNA) == ["hello again"]


async def test_a_stop_ends_waiting_at_once_and_the_next_message_is_free_to_go(
    bot: MoodBot, telegram: TimedTelegram
) -> None:
    telegram.refuse(ANNA, RetryAfter(HOUR))
    first = asyncio.ensure_future(bot.send_message(ANNA, "first"))
    second = asyncio.ensure_future(bot.send_message(ANNA, "second"))
    await asyncio.sleep(1)
    first.cancel()
    await asyncio.wait({first})
    assert now() == 1
    await second
    assert telegram.texts_to(ANNA) == ["second"]
    assert now() == HOUR


async def test_chats_that_are_quiet_are_forgotten(bot: MoodBot) -> None:
    limiter = bot.rate_limiter
    assert isinstance(limiter, RateLimiter)
    for chat_id in range(1, 1501):
        await bot.send_message(chat_id, "hello")
    assert len(limiter._chats) == 1000


async def test_each_picture_of_an_album_counts(bot: MoodBot, telegram: TimedTelegram) -> None:
    album = [InputMediaPhoto(f"photo{number}") for number in range(9)]
    await bot.send_media_group(GROUP, album)
    await bot.send_message(GROUP, "the buttons")
    await bot.send_media_group(GROUP, album)
    assert telegram.times(GROUP, "sendMediaGroup") == [0, pytest.approx(27, abs=0.1)]
    assert telegram.times(GROUP) == [0]
