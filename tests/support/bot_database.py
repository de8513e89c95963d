"""What a bot process has stored, read from its database file."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.bot_process import BotSandbox


def database_file(sandbox: BotSandbox) -> Path:
    return sandbox.folder / "data" / "bot.sqlite3"


def rows(sandbox: BotSandbox, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        return connection.execute(sql, values).fetchall()


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
