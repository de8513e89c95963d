import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from bot.errors import StorageBusyError, StorageError
from bot.storage import database as storage
from bot.storage.database import Database, open_database
from bot.storage.schema import answers, users
from tests.support.stored_answers import address


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """A database that is created by opening it."""
    async with open_database(address(file)) as database:
        yield database


async def users_in(database: Database) -> list[int]:
    async with database.reading() as connection:
        return list((await connection.execute(select(users.c.id))).scalars())


async def test_the_folder_is_created_and_every_connection_has_the_settings(
    database: Database,
) -> None:
    async with database.reading() as one, database.reading() as other:
        for connection in (one, other):
            told = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
            ]
            assert told == ["wal", 1, 2, 1]


async def test_only_its_owner_can_read_the_file(database: Database, file: Path) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(users).values(id=1, first_seen_at=0))
    assert {path.name for path in file.parent.iterdir()} >= {"bot.sqlite3", "bot.sqlite3-wal"}
    assert [path.stat().st_mode & 0o077 for path in file.parent.iterdir()] == [0, 0, 0]


async def test_data_is_there_after_opening_again(file: Path) -> None:
    for user in (1, 2):
        async with open_database(address(file)) as database, database.writing() as connection:
            await connection.execute(insert(users).values(id=user, first_seen_at=0))
    async with open_database(address(file)) as database:
        assert await users_in(database) == [1, 2]


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(users).values(id=1, first_seen_at=0))
            await connection.execute(insert(users).values(id=1, first_seen_at=0))

    with pytest.raises(StorageError) as caught:
        await write()
    # The statement and its values are personal data, which must not be logged.
    assert str(caught.value) == "UNIQUE constraint failed: users.id"
    assert await users_in(database) == []


async def test_another_error_in_a_transaction_leaves_nothing_and_is_passed_on(
    database: Database,
) -> None:
    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(users).values(id=1, first_seen_at=0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write()
    assert await users_in(database) == []


async def test_foreign_keys_are_enforced(database: Database) -> None:
    orphan = insert(answers).values(user_id=1, chat_id=1, message_id=1, asked_at=0, delivered=False)
    with pytest.raises(StorageError, match="FOREIGN KEY"):
        async with database.writing() as connection:
            await connection.execute(orphan)


async def test_many_writers_take_turns(database: Database) -> None:
    async def add(user: int) -> None:
        async with database.writing() as connection:
            seen = (await connection.execute(select(func.count()).select_from(users))).scalar_one()
            await connection.execute(insert(users).values(id=user, first_seen_at=seen))

    await asyncio.gather(*(add(user) for user in range(30)))
    async with database.reading() as connection:
        seen = (await connection.execute(select(users.c.first_seen_at))).scalars()
        assert sorted(seen) == list(range(30))


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(users).values(id=1, first_seen_at=0))
        assert await users_in(database) == []


async def test_a_lock_of_another_program_is_a_busy_error_and_passes(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageBusyError, match="locked"):
            async with database.writing():
                pass
        other.execute("ROLLBACK")
    async with database.writing():
        pass
    assert not caplog.messages  # nothing was written
    async with database.writing() as connection:
        await connection.execute(insert(users).values(id=1, first_seen_at=0))
    assert await users_in(database) == [1]
    assert caplog.messages == ["The database can be written again"]


async def test_writers_behind_a_waiting_writer_give_up_as_soon(
    database: Database, file: Path
) -> None:
    async def write() -> None:
        async with database.writing():
            pass

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with asyncio.timeout(8):
            told = await asyncio.gather(*(write() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(error, StorageBusyError) for error in told)


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_cancelled_write_does_not_keep_the_database_locked(database: Database) -> None:
    async def write() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(users).values(id=1, first_seen_at=0))
            while True:
                (await connection.execute(select(users.c.id))).all()

    for steps in range(80):
        writing = asyncio.create_task(write())
        for _ in range(steps):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait({writing})  # the task keeps the exception, with all that it refers to
        async with database.writing() as connection:
            await connection.execute(insert(users).values(id=2 + steps, first_seen_at=0))
    assert await users_in(database) == list(range(2, 82))


async def test_scrubbing_removes_deleted_data_from_the_files(
    database: Database, file: Path
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE notes (words TEXT)"))
        for number in range(500):
            note = {"words": f"a secret {number:0900}"}
            await connection.execute(text("INSERT INTO notes VALUES (:words)"), note)
    assert any(b"a secret" in path.read_bytes() for path in file.parent.iterdir())
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM notes"))
    await database.scrub()
    assert not any(b"a secret" in path.read_bytes() for path in file.parent.iterdir())


async def test_scrubbing_is_refused_while_another_program_reads(
    database: Database, file: Path
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM users").fetchall()
        with pytest.raises(StorageError):
            await database.scrub()
    await database.scrub()


@pytest.mark.parametrize("there", ["folder", "text"])
async def test_another_kind_of_file_is_refused(tmp_path: Path, there: str) -> None:
    file = tmp_path / "bot.sqlite3"
    if there == "folder":
        file.mkdir()
    else:
        file.write_text("hello, I am no database, and I am long enough to show it " * 50)
    with pytest.raises(StorageError):
        async with open_database(address(file)):
            pass


async def test_a_folder_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        async with open_database(address(tmp_path / "file" / "bot.sqlite3")):
            pass


async def test_who_may_wait_longer_for_their_turn_to_write_gets_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MAX_WAIT_S", 0.05)

    async def write(max_wait_s: float | None = None) -> None:
        async with database.writing(max_wait_s):
            pass

    async with database.writing():
        patient = asyncio.create_task(write(60))
        with pytest.raises(StorageBusyError):
            await write()
        assert not patient.done()
    await patient
