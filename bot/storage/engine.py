"""Connections to the database: SQLite's settings, and where its transactions begin."""

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.storage import sqlite_driver
from bot.storage.error_translation import primary_code

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an acknowledged change survives a power failure
    "PRAGMA secure_delete = ON",  # overwrites deleted content
)


def create_engine(url: URL, max_wait_s: float, follow_foreign_keys: bool = True) -> AsyncEngine:
    """Return what opens connections; a transaction begins as its execution option `begin` says.

    Args:
        url: of the database, with an async driver.
        max_wait_s: seconds to wait for writers in other processes.
        follow_foreign_keys: whether rows are deleted with those that they refer to, and have to
            refer to some.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    driver = {"async_creator": lambda: sqlite_driver.connect(url)} if is_sqlite else {}
    engine = create_async_engine(url, **driver)
    if is_sqlite:
        settings = (
            f"PRAGMA busy_timeout = {round(1000 * max_wait_s)}",
            *_PRAGMAS,
            f"PRAGMA foreign_keys = {'ON' if follow_foreign_keys else 'OFF'}",
        )

        def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            _configure(connection, settings)

        event.listen(engine.sync_engine, "connect", configure)
        event.listen(engine.sync_engine, "begin", _begin)
        event.listen(engine.sync_engine, "handle_error", _drop_if_read_only)
    return engine


def create_file(url: URL) -> None:
    """Create the file of an SQLite database, and its folder, where they do not exist.

    Raises:
        OSError, sqlite3.Error: it cannot be opened.
    """
    (name,), options = url.get_dialect()().create_connect_args(url)
    if not options.get("uri"):
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # it holds faces
    # Find out here whether it can be opened: if not, aiosqlite's thread may report that to an event
    # loop that is already closed.
    sqlite3.connect(name, **options).close()


def _configure(connection: DBAPIConnection, settings: tuple[str, ...]) -> None:
    # The driver would begin transactions by itself: later than we want, and not for DDL. See
    # "Serializable isolation / Savepoints / Transactional DDL" in
    # https://docs.sqlalchemy.org/dialects/sqlite.html.
    connection.isolation_level = None
    try:
        cursor = connection.cursor()
        for pragma in settings:
            cursor.execute(pragma)
        cursor.close()
    except BaseException:  # a cancellation as well
        connection.close()  # or its thread would keep running
        raise


def _begin(connection: Connection) -> None:
    if begin := connection.get_execution_options().get("begin", "BEGIN"):
        connection.exec_driver_sql(begin)


def _drop_if_read_only(context: ExceptionContext) -> None:
    # A connection that was opened while the file was not writable stays read-only.
    if primary_code(context.original_exception) == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True
