"""Two inboxes of replicas on one PostgreSQL database."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NoReturn

import pytest
from sqlalchemy.engine import make_url

from bot.errors import StorageError
from bot.inbox import replica as replica_module
from bot.inbox.inbox import Inbox
from bot.inbox.replica import Replica
from bot.shutdown import in_background
from bot.storage import replicas as storage
from bot.storage.database import open_database
from bot.storage.inbox import NewUpdate
from bot.storage.server_lock import lock_server_database
from tests.support import postgres_server
from tests.support.fake_telegram import FakeTelegram, fake_bot
from tests.support.inbox_updates import Handlers, message, part, tap

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

QUIET_S = 0.3
BOT = 123456


class Bot:
    """A replica with an inbox and handlers of its own.

    Args:
        replica: the replica.
        inbox: its inbox.
        handlers: what its updates are given to.
    """

    def __init__(self, replica: Replica, inbox: Inbox, handlers: Handlers) -> None:
        self.replica = replica
        self.inbox = inbox
        self.handlers = handlers

    async def wait_until_begun(self, count: int) -> None:
        while len(self.handlers.begun) < count:
            self.handlers.has_begun.clear()
            await self.handlers.has_begun.wait()


@asynccontextmanager
async def running(url: str, beats: asyncio.Event | None = None) -> AsyncIterator[Bot]:
    """Run a replica; its heartbeats come once `beats` is set."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        lock = await enter(lock_server_database(make_url(url), is_shared=True))
        database = await enter(open_database(url))
        replica = Replica(database, lock, BOT)
        await replica.join()
        await enter(in_background(send_heartbeats(replica, beats)))
        handlers, telegram = Handlers(), fake_bot(FakeTelegram())
        inbox = Inbox(database, telegram, handlers.handle, QUIET_S, replica=replica)
        await inbox.take_up()
        await enter(in_background(replica.distribute(inbox)))
        yield Bot(replica, inbox, handlers)
        handlers.gate.set()
        await inbox.close(grace_s=60, storage_s=60)


async def send_heartbeats(replica: Replica, beats: asyncio.Event | None) -> NoReturn:
    if beats is not None:
        await beats.wait()
    await replica.send_heartbeats()


@pytest.fixture
async def bots(database_url: str) -> AsyncIterator[list[Bot]]:
    async with running(database_url) as one, running(database_url) as other:
        yield [one, other]


async def test_a_chat_is_handled_in_order_by_one(bots: list[Bot]) -> None:
    for number in range(1, 31):
        await bots[number % 2].inbox.accept([message(number)])
    # What comes to the owner waits for what others have received before.
    await bots[1].inbox.accept([message(31)])
    await bots[1].inbox.wait_until_empty()
    assert bots[1].handlers.begun == list(range(1, 32))
    assert bots[0].handlers.begun == []


async def test_an_album_that_arrives_at_both_is_one(bots: list[Bot]) -> None:
    owner = bots[1]
    for number in range(1, 9):
        await bots[number % 2].inbox.accept([part(number)])
    await bots[0].inbox.accept([message(9)])
    await owner.handlers.has_begun.wait()
    assert owner.handlers.begun[0] == tuple(range(1, 9))
    assert bots[0].handlers.begun == []


async def test_the_same_update_at_both_is_handled_once(bots: list[Bot]) -> None:
    for number in range(10):
        await asyncio.gather(*(bot.inbox.accept([tap(number, user=number)]) for bot in bots))
    for bot in bots:
        await bot.inbox.wait_until_empty()
    begun = [one for bot in bots for one in bot.handlers.begun]
    assert sorted(map(str, begun)) == sorted(map(str, range(10)))


async def test_who_stops_gives_the_rest_to_the_other(bots: list[Bot]) -> None:
    first, second = bots
    first.handlers.gate.clear()
    await first.inbox.accept([message(1)])
    await second.inbox.accept([message(2)])
    await first.handlers.has_begun.wait()
    await first.inbox.close(grace_s=0, storage_s=60)
    await second.inbox.accept([message(3)])
    await second.wait_until_begun(3)
    assert second.handlers.begun == [1, 2, 3]


async def test_who_is_taken_for_dead_drops_what_it_had_and_joins_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica_module, "HEARTBEAT_S", 0.1)
    for module in (replica_module, storage):
        monkeypatch.setattr(module, "LEASE_S", 1)
    beats = asyncio.Event()
    async with running(database_url, beats) as first, running(database_url) as second:
        first.handlers.gate.clear()
        before = first.replica.id
        await first.inbox.accept([message(1)])
        await first.wait_until_begun(1)
        await second.wait_until_begun(1)
        beats.set()
        while first.replica.id == before:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert not first.inbox.in_hand  # although its handler did not end by itself
        await second.inbox.accept([message(2)])
        await first.inbox.accept([message(3, user=3)])
        await second.wait_until_begun(2)
        await first.wait_until_begun(2)
    assert second.handlers.begun == [1, 2]
    assert first.handlers.begun == [1, 3]


async def test_a_replica_whose_heartbeats_were_late_takes_nobody_for_dead(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LEASE_S", -1)  # everybody seems to be silent
    async with running(database_url) as first, running(database_url) as second:
        first.handlers.gate.clear()
        await first.inbox.accept([message(1)])
        assert not await second.replica.look(second.inbox, room=9)
        assert second.handlers.begun == []


async def test_a_bot_that_polls_and_replicas_keep_each_other_away(database_url: str) -> None:
    url = make_url(database_url)
    async with running(database_url), running(database_url):
        with pytest.raises(StorageError, match="another bot uses"):
            async with lock_server_database(url, wait_s=0):
                pass
    async with lock_server_database(url, wait_s=0):
        with pytest.raises(StorageError, match="another bot uses"):
            async with lock_server_database(url, wait_s=0, is_shared=True):
                pass


async def test_a_replica_that_starts_alone_takes_over_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "LEASE_S", 0)  # as if the server had run for longer
    url = make_url(database_url)
    async with lock_server_database(url, is_shared=True) as lock, open_database(database_url) as db:
        killed = Replica(db, lock, BOT)
        await killed.join()
        new = NewUpdate(
            update_id=1, kind="message", chat_id=1, user_id=1, content=json.dumps(message(1))
        )
        await storage.add(db, killed.id, [new], 0)
    async with running(database_url) as next_one:
        await next_one.inbox.wait_until_empty()
        assert next_one.handlers.begun == [1]
