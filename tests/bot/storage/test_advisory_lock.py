"""Locks that one of several bots has."""

import pytest

from bot.storage.advisory_lock import AdvisoryLock
from bot.storage.database import Database, open_database
from bot.storage.dialects import MENUS_LOCK, SCHEDULE_LOCK
from tests.support import postgres_server
from tests.support.postgres_server import SharedDatabase

# With a time limit, it waits until they have ended, and with them their locks.
END_ALL = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid != pg_backend_pid()"
)
on_a_server = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")


async def test_without_a_server_a_lock_is_free() -> None:
    lock = AdvisoryLock(None, SCHEDULE_LOCK)
    assert await lock.try_acquire()
    assert not await lock.is_held()
    await lock.release()


@on_a_server
async def test_one_bot_has_it_until_it_lets_others(database: Database, database_url: str) -> None:
    async with open_database(database_url) as other:
        one, second = database.lock(SCHEDULE_LOCK), other.lock(SCHEDULE_LOCK)
        assert not await second.is_held()
        assert await one.try_acquire()
        assert await one.try_acquire()
        assert await second.is_held()
        assert not await second.try_acquire()
        another = other.lock(MENUS_LOCK)
        assert await another.try_acquire()
        await one.release()
        assert not await second.is_held()
        assert await second.try_acquire()
        for lock in (second, another):
            await lock.release()


@on_a_server
async def test_a_lost_lock_is_taken_again(
    database: Database, postgres_database: SharedDatabase
) -> None:
    lock, other = database.lock(SCHEDULE_LOCK), database.lock(SCHEDULE_LOCK)
    assert await lock.try_acquire()
    postgres_database.server.sql(postgres_database.name, END_ALL)
    assert await lock.try_acquire()
    assert not await other.try_acquire()
    postgres_database.server.sql(postgres_database.name, END_ALL)
    assert await other.try_acquire()
    assert not await lock.try_acquire()
    await lock.release()
    assert await lock.is_held()
    await other.release()
