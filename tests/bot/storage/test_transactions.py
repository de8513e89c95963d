"""Functions that run in a transaction; see also `test_database`."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from bot.errors import StorageBusyError, StorageError
from bot.storage.database import Database, open_database
from bot.storage.schema import users
from tests.support.stored_answers import address


def add_user(connection: Connection, user: int) -> None:
    connection.execute(insert(users).values(id=user, first_seen_at=0))


def users_in(connection: Connection) -> list[int]:
    return list(connection.execute(select(users.c.id).order_by(users.c.id)).scalars())


async def test_what_a_function_wrote_is_there_for_others(database: Database) -> None:
    await database.write(lambda connection: add_user(connection, 1))
    assert await database.read(users_in) == [1]
    async with database.reading() as connection:
        assert await connection.run_sync(users_in) == [1]


async def test_a_statement_that_fails_leaves_nothing(database: Database) -> None:
    def write(connection: Connection) -> None:
        add_user(connection, 1)
        add_user(connection, 1)

    with pytest.raises(StorageError) as caught:
        await database.write(write)
    assert "users" in str(caught.value)
    assert "INSERT" not in str(caught.value)  # nor its values, which are personal data
    assert await database.read(users_in) == []


async def test_another_error_leaves_nothing_and_is_passed_on(database: Database) -> None:
    def write(connection: Connection) -> None:
        add_user(connection, 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(write)
    assert await database.read(users_in) == []
    await database.write(lambda connection: add_user(connection, 2))
    assert await database.read(users_in) == [2]


async def test_functions_and_blocks_that_write_take_turns(database: Database) -> None:
    def add(connection: Connection, user: int) -> None:
        seen = connection.execute(select(func.count()).select_from(users)).scalar_one()
        connection.execute(insert(users).values(id=user, first_seen_at=seen))

    async def add_in_block(user: int) -> None:
        async with database.writing() as connection:
            await connection.run_sync(add, user)

    def in_function(user: int) -> "asyncio.Future[None]":
        return asyncio.ensure_future(database.write(lambda connection: add(connection, user)))

    await asyncio.gather(
        *(in_function(user) if user % 2 else add_in_block(user) for user in range(20))
    )
    seen = await database.read(
        lambda connection: list(connection.execute(select(users.c.first_seen_at)).scalars())
    )
    assert sorted(seen) == list(range(20))


async def test_others_read_while_a_function_writes(database: Database) -> None:
    async with database.writing() as connection:
        await connection.run_sync(add_user, 1)
        assert await database.read(users_in) == []


async def test_a_function_does_not_wait_for_others_without_end(database: Database) -> None:
    async with database.writing():
        with pytest.raises(StorageBusyError):
            await database.write(lambda connection: add_user(connection, 1), max_wait_s=0.01)


async def test_what_has_begun_is_stored_even_if_the_caller_is_cancelled(file: Path) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    def write(connection: Connection) -> None:
        add_user(connection, 1)
        begun.set()
        may_go_on.wait()

    async with open_database(address(file)) as database:
        cancelled = asyncio.ensure_future(database.write(write))
        await asyncio.to_thread(begun.wait)
        cancelled.cancel()
        after = asyncio.ensure_future(database.write(users_in))
        may_go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert await after == [1]
