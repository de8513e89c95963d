"""What a bot process has stored, read from its database."""

import asyncio
import sqlite3
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from bot.storage.database import open_database
from tests.support.bot_process import BotSandbox

Result = TypeVar("Result")


def database_file(sandbox: BotSandbox) -> Path:
    return sandbox.folder / "data" / "bot.sqlite3"


def database_url(sandbox: BotSandbox) -> str:
    if sandbox.shared_database is not None:
        return sandbox.shared_database.url
    return f"sqlite+aiosqlite:///{database_file(sandbox)}"


def rows(sandbox: BotSandbox, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows that a statement selects; each `?` in it stands for a value."""
    if sandbox.shared_database is None:
        with closing(sqlite3.connect(database_file(sandbox))) as connection:
            return connection.execute(sql, values).fetchall()

    async def select() -> list[tuple[Any, ...]]:
        numbered = sql
        for number in range(1, len(values) + 1):
            numbered = numbered.replace("?", f"${number}", 1)
        async with open_database(database_url(sandbox)) as database, database.reading() as opened:
            found = await opened.exec_driver_sql(numbered, values)
            return [tuple(row) for row in found]

    return run_aside(select())


def run_aside(work: Coroutine[None, None, Result]) -> Result:
    """Run a coroutine in another thread: Playwright may keep an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def require_whole(sandbox: BotSandbox) -> None:
    """Check the file and its foreign keys; a PostgreSQL server does so itself."""
    if sandbox.shared_database is None:
        assert rows(sandbox, "PRAGMA integrity_check") == [("ok",)]
        assert rows(sandbox, "PRAGMA foreign_key_check") == []


def corrections_by_face(sandbox: BotSandbox) -> dict[int, list[str]]:
    """Return the labels that each face was given, oldest first."""
    found: dict[int, list[str]] = {}
    for face, label in rows(sandbox, "SELECT face_id, said FROM corrections ORDER BY id"):
        found.setdefault(face, []).append(label)
    return found


def dump(sandbox: BotSandbox) -> list[str]:
    """Return the database as SQL, but for the ids of handled updates."""
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        return [line for line in connection.iterdump() if "inbox" not in line]
