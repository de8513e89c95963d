"""Checks the database without changing it, and the space on its disk."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.errors import StorageBusyError
from bot.operations.checks.finding import Finding, failed, ok, warning
from bot.storage.database_lock import lock_file_of
from bot.storage.error_translation import error_class, primary_code
from bot.storage.migrate import is_known_schema, newest_schema
from model.registry.file_lock import is_locked

LITTLE_MB, TOO_LITTLE_MB = 500, 20
MAX_GROUPS = 20

_WAIT_S = 2.0
_AREA = "database"
_RESTORE = (
    "Stop the bot. Restore a backup into a new folder with photo-mood restore FILE --data-dir DIR, "
    "and set BOT_DATA_DIR to that folder."
)


def check_database(file: Path | None) -> Iterator[Finding]:
    """Check that the database opens, can be written, and has a schema that the bot can use.

    Args:
        file: the database; None if it is no ordinary file, which is not looked at.
    """
    if file is None:
        yield warning(
            _AREA,
            "not an ordinary file, so it was not looked at",
            "To keep what people say through a restart, give BOT_DATABASE_URL a file.",
        )
        return
    yield _file(file)
    yield check_disk(file.absolute().parent)


def recent_groups(file: Path | None) -> list[int]:
    """Return the ids of the groups in which the bot answered, latest first, at most `MAX_GROUPS`.

    A database that cannot be read has none.
    """
    if file is None or not file.is_file():
        return []
    try:
        with closing(_connect(file)) as database:
            found = database.execute(
                "SELECT chat_id FROM answers WHERE chat_id < 0 "
                "GROUP BY chat_id ORDER BY max(asked_at) DESC LIMIT ?",
                (MAX_GROUPS,),
            )
            return [chat for (chat,) in found]
    except sqlite3.Error:
        return []


def _file(file: Path) -> Finding:
    if not file.exists():
        folder = "" if file.parent.is_dir() else "with its folder "
        return ok(_AREA, f"{file} will be made {folder}at the first start")
    try:
        with closing(_connect(file)) as database:
            schema = _schema(database)
            (damage,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if damage != "ok":
                return failed(_AREA, f"{file} is damaged: {damage}", _RESTORE)
            _try_to_write(database)
    except sqlite3.Error as error:
        return _unusable(file, error)
    return _with_schema(file, schema)


def _unusable(file: Path, error: sqlite3.Error) -> Finding:
    text = f"{file} cannot be used: {error}"
    if error_class(error) is StorageBusyError:
        return warning(
            _AREA, text, "Another program is writing to it. If that lasts, end that program."
        )
    if primary_code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return failed(_AREA, text, _RESTORE)
    return failed(
        _AREA,
        text,
        "The file, its folder and the disk must be writable for the user that runs the bot: see "
        f"ls -ld {file.parent} {file}, and df {file.parent}.",
    )


def _with_schema(file: Path, schema: str | None) -> Finding:
    return finding_about_schema(
        str(file),
        schema,
        is_used=is_locked(lock_file_of(file)),
        backup="photo-mood backup FILE",
        restore="restore a backup that this version made into a new folder (photo-mood restore "
        "FILE --data-dir DIR), and set BOT_DATA_DIR to it.",
    )


def finding_about_schema(
    name: str, schema: str | None, *, is_used: bool, backup: str, restore: str
) -> Finding:
    """Return whether the bot can use a database that opens and can be written.

    Args:
        name: of the database.
        schema: its schema; None if it has no tables yet.
        is_used: whether a bot is using it.
        backup: the command that makes a backup.
        restore: how to get one back.
    """
    newest = newest_schema()
    if schema == newest:
        use = "a bot is using it" if is_used else "no bot is using it"
        return ok(_AREA, f"{name} opens and can be written, schema {schema}; {use}")
    if schema is None or is_known_schema(schema):
        return warning(
            _AREA,
            f"{name} will be migrated from schema {schema or 'none'} to {newest} at the next start",
            "An older version of the bot cannot use it afterwards. To be able to go back, make a "
            f"backup first: {backup}.",
        )
    return failed(
        _AREA,
        f"{name} has schema {schema}, which a newer version of the bot made; this one knows "
        f"schemas up to {newest}",
        f"Install the newer version again, or {restore}",
    )


def check_disk(folder: Path) -> Finding:
    """Check the free space on the disk of a folder that need not exist yet."""
    folder = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = round(shutil.disk_usage(folder).free / 1e6)
    text = f"{free} MB free in {folder}"
    if free >= LITTLE_MB:
        return ok("disk", text)
    cure = "Free some space there, or set BOT_DATA_DIR to a folder on another disk."
    level = warning if free >= TOO_LITTLE_MB else failed
    return level("disk", text, cure)


def _connect(file: Path) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?mode=rw"  # never makes a file
    return sqlite3.connect(uri, uri=True, timeout=_WAIT_S, isolation_level=None)


def _schema(database: sqlite3.Connection) -> str | None:
    tables = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if tables.fetchone() is None:
        return None
    row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _try_to_write(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        database.execute("CREATE TABLE checked_whether_it_can_be_written (id)")
    finally:
        database.execute("ROLLBACK")
