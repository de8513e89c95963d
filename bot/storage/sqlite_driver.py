"""SQLite for the event loop: few changes of threads, and no lock after the end.

`aiosqlite` runs each call in the connection's own thread. SQLAlchemy makes four of them for a
statement: a cursor, `execute`, `fetchall` and `close`. To change threads so often costs more than
SQLite itself.
"""

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Self, cast

import aiosqlite
from sqlalchemy.engine import URL

# Rows that come with the statement. Only those of streamed results are more, and they are large.
_PREFETCHED = 100
_CHUNK = 64  # rows, for iterating over a cursor


class _Cursor(aiosqlite.Cursor):
    """A cursor that is opened, read and closed while its statement is executed."""

    def __init__(self, connection: "Connection") -> None:
        super().__init__(connection, cast(sqlite3.Cursor, None))
        self._rows: deque[Any] = deque()
        self._has_more = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Execute a statement; see `sqlite3.Cursor.execute`."""
        await self._run(lambda: self._cursor.execute(sql, parameters or ()))  # type: ignore[arg-type]
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Execute a statement several times; see `sqlite3.Cursor.executemany`."""
        await self._run(lambda: self._cursor.executemany(sql, parameters))  # type: ignore[arg-type]
        return self

    async def fetchone(self) -> Any:
        """Return the next row; None if there is none."""
        rows = await self.fetchmany(1)
        return next(iter(rows), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """Return the next rows."""
        wanted = self.arraysize if size is None else size
        rows = [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]
        if self._has_more and len(rows) < wanted:
            rows += await super().fetchmany(wanted - len(rows))
        return rows

    async def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        rows = [*self._rows]
        self._rows.clear()
        if self._has_more:
            rows += await super().fetchall()
        return rows

    async def close(self) -> None:
        """Close the cursor, unless that has happened."""
        if self._has_more:
            self._has_more = False
            await super().close()

    async def _run(self, execute: Callable[[], object]) -> None:
        begins = cast(Connection, self._conn).takes_begin()
        await self._execute(self._open_and_read, begins, execute)  # type: ignore[no-untyped-call]

    def _open_and_read(self, begins: bool, execute: Callable[[], object]) -> None:
        self._cursor = cast(Connection, self._conn).open_cursor()
        if begins:
            self._cursor.execute("BEGIN")
        execute()
        self._rows = deque(self._cursor.fetchmany(_PREFETCHED))
        self._has_more = len(self._rows) == _PREFETCHED
        if not self._has_more:
            self._cursor.close()  # what it tells about the statement stays


class _RollingBack(sqlite3.Connection):
    """A connection whose transaction ends when it is closed.

    Without that, the file stays locked as long as something refers to a statement, like the
    traceback of the exception that ended the transaction: Python calls `sqlite3_close_v2`
    (https://sqlite.org/c3ref/close.html).
    """

    def close(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # it is closed already
            self.rollback()
        super().close()


class Connection(aiosqlite.Connection):
    """A connection that begins a transaction with its first statement, and ends it once."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._begins = False
        self._is_used = False  # since the last end of a transaction

    def cursor(self) -> _Cursor:  # type: ignore[override]
        return _Cursor(self)

    def begin_with_next(self) -> None:
        """Begin a transaction right before the next statement, in the same change of threads."""
        self._begins = True

    def takes_begin(self) -> bool:
        """Return whether the next statement begins a transaction, when it is about to be run."""
        begins, self._begins, self._is_used = self._begins, False, True
        return begins

    async def commit(self) -> None:
        """Commit what was done since the last end of a transaction, if anything was."""
        await self._end(super().commit)

    async def rollback(self) -> None:
        """Roll back what was done since then; SQLAlchemy asks for it even after a commit."""
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Awaitable[None]]) -> None:
        self._begins = False
        if self._is_used:
            await end()
            self._is_used = False

    def open_cursor(self) -> sqlite3.Cursor:
        """Return a cursor of `sqlite3`, in the connection's own thread."""
        return self._conn.cursor()


def connect_in_thread(url: URL) -> sqlite3.Connection:
    """Connect to an SQLite file; for `creator` of SQLAlchemy's `create_engine`.

    The connection may be used in any thread, by one at a time.
    """
    (name,), options = url.get_dialect()().create_connect_args(url)
    return sqlite3.connect(name, factory=_RollingBack, **options)


async def connect(url: URL) -> aiosqlite.Connection:
    """Connect to an SQLite file; for `async_creator` of SQLAlchemy's `create_async_engine`."""
    connection = Connection(lambda: connect_in_thread(url), _CHUNK)
    connection._thread.daemon = True  # as SQLAlchemy does with connections of its own
    return await connection
