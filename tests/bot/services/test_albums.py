import asyncio
import datetime as dt

from telegram import Chat, Message

from bot.services.albums import Albums

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


async def test_each_further_message_restarts_the_wait() -> None:
    albums = Albums(quiet_s=1.0)
    loop = asyncio.get_running_loop()
    started = loop.time()
    first = asyncio.ensure_future(albums.collect(part(1)))
    for number in (2, 3):
        done = asyncio.Event()
        loop.call_later(0.6, done.set)
        await done.wait()
        assert await albums.collect(part(number)) == []
    assert ids(await first) == [1, 2, 3]
    assert loop.time() - started >= 2.1


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
