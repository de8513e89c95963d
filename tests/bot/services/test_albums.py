import asyncio
import datetime as dt

import pytest
from telegram import Chat, Message

from bot.services.albums import Albums
from tests.support.manual_clock import ManualClock

LONG_S = 30.0  # never waited for: albums of ten are complete at once


def part(message_id: int, group: str = "a", chat: int = 1) -> Message:
    now = dt.datetime.now(dt.UTC)
    return Message(message_id, now, Chat(chat, "private"), media_group_id=group)


def ids(album: list[Message]) -> list[int]:
    return [message.message_id for message in album]


async def test_the_first_message_gets_the_whole_album_in_order() -> None:
    albums = Albums(quiet_s=0.05)
    results = await asyncio.gather(*(albums.collect(part(number)) for number in (2, 1, 3)))
    assert [ids(album) for album in results] == [[1, 2, 3], [], []]


async def test_an_album_of_ten_is_complete_at_once() -> None:
    albums = Albums(quiet_s=LONG_S)
    async with asyncio.timeout(5):
        results = await asyncio.gather(*(albums.collect(part(number)) for number in range(10)))
    assert ids(results[0]) == list(range(10))


async def test_each_further_message_restarts_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    # The loop's time moves only when the test says so: a busy machine must not end an album early.
    clock = ManualClock()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", clock)

    async def pass_time(seconds: float) -> None:
        clock.now += seconds
        for _ in range(9):  # until all that is due has happened
            await asyncio.sleep(0)

    albums = Albums(quiet_s=1.0)
    first = asyncio.ensure_future(albums.collect(part(1)))
    await pass_time(0)
    for number in (2, 3):
        await pass_time(0.6)
        assert await albums.collect(part(number)) == []
        await pass_time(0)
    await pass_time(0.9)
    assert not first.done()
    await pass_time(0.2)
    assert first.done()
    assert ids(await first) == [1, 2, 3]


async def test_albums_do_not_mix() -> None:
    albums = Albums(quiet_s=0.05)
    results = await asyncio.gather(
        albums.collect(part(1, "a")),
        albums.collect(part(2, "b")),
        albums.collect(part(3, "a", chat=2)),
    )
    assert [ids(album) for album in results] == [[1], [2], [3]]


async def test_a_late_message_starts_a_new_album() -> None:
    albums = Albums(quiet_s=0.01)
    assert ids(await albums.collect(part(1))) == [1]
    assert ids(await albums.collect(part(2))) == [2]
