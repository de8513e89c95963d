"""The inbox while the database cannot be written."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.inbox import update_store
from bot.inbox.inbox import Inbox
from bot.storage.database import Database
from tests.support.inbox_updates import Handlers, begin, message, stored


@pytest.fixture
async def locked(file: Path, database: Database) -> AsyncIterator[sqlite3.Connection]:
    """Another program that writes; it ends with `rollback`."""
    assert database
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_while_the_database_is_locked_updates_are_confirmed_once_they_are_handled(
    inbox: Inbox,
    handlers: Handlers,
    locked: sqlite3.Connection,
    file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handlers.gate.clear()
    accepting = asyncio.ensure_future(inbox.accept([message(5)]))
    again = asyncio.ensure_future(inbox.accept([message(5)]))
    await handlers.has_begun.wait()
    assert not accepting.done()
    assert not again.done()
    handlers.gate.set()
    await asyncio.gather(accepting, again)
    assert handlers.begun == [5]
    assert "Updates cannot be stored" in caplog.text
    await inbox.wait_until_stored()  # there is nothing to store
    assert "cannot be marked as done" not in caplog.text
    for number in (6, 7):
        accepting = asyncio.ensure_future(inbox.accept([message(number)]))
        await begin()
        assert handlers.begun[-1] == number  # it did not wait for the lock
        await accepting
    locked.execute("ROLLBACK")
    assert stored(file) == []


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_stop_while_the_database_is_locked_says_what_is_true(
    inbox: Inbox, handlers: Handlers, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handlers.gate.clear()
    await inbox.accept([message(5)])
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        handlers.gate.set()
        await begin()
        await inbox.close(grace_s=0.1, storage_s=0.1)
    assert [text.partition(":")[0] for text in caplog.messages] == [
        "The last updates may be handled again"
    ]


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_updates_are_confirmed_as_soon_as_the_database_can_be_written_again(
    inbox: Inbox,
    handlers: Handlers,
    locked: sqlite3.Connection,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update_store, "STORE_AGAIN_S", 0.05)
    monkeypatch.setattr(update_store, "AFTER_FAILURE_S", 0.05)
    handlers.gate.clear()
    accepting = asyncio.ensure_future(inbox.accept([message(5)]))
    await handlers.has_begun.wait()
    locked.execute("ROLLBACK")
    await accepting
    assert [state for _, state, _ in stored(file)] == ["pending"]
    handlers.gate.set()
    await inbox.wait_until_empty()
    assert stored(file) == [(5, "done", None)]
