"""The connection to the database: how it is opened, read and written."""

import asyncio
import math
import sqlite3
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import StorageBusyError, StorageError
from bot.storage.migrate import migrate

# A tap should be answered while the thumb is still near: no longer than this on each, the other
# writers of this process and those of another.
MAX_WAIT_S = 2.0
MAX_ERASURES = 10_000  # users; far more than are erased while one photo is judged
_WRITE = {"begin": "BEGIN IMMEDIATE"}  # takes the write lock now, not at the first change
_PRAGMAS = (
    f"PRAGMA busy_timeout = {round(1000 * MAX_WAIT_S)}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten
)
# A number in the file's header that SQLite leaves to its users: 1 while traces may be left.
_TRACES = "PRAGMA user_version"


class RecentErasures:
    """When each user was erased of late; what is in hand that long ends with the process.

    Args:
        most: how many users are remembered.
    """

    def __init__(self, most: int = MAX_ERASURES) -> None:
        self._most = most
        self._erased_at: OrderedDict[int, float] = OrderedDict()  # latest last
        self._anybody_until = -math.inf  # nobody knows any more who was erased until then

    def note(self, user_id: int) -> None:
        """Note that a user is erased now; before the transaction that does so ends."""
        self._erased_at[user_id] = time.monotonic()
        self._erased_at.move_to_end(user_id)
        while len(self._erased_at) > self._most:
            _, self._anybody_until = self._erased_at.popitem(last=False)

    def since(self, user_id: int, received_at: float) -> bool:
        """Say whether a user was erased, or may have been, since something came in from them.

        Args:
            user_id: whose it is.
            received_at: when, as `time.monotonic` says it.
        """
        return received_at <= self._erased_at.get(user_id, self._anybody_until)


class Database:
    """The bot's database; build it with `open_database`.

    Args:
        engine: SQLAlchemy's.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = asyncio.Lock()
        self.erasures = RecentErasures()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent state.

        Raises:
            StorageError: the database cannot be read.
        """
        with _as_storage_errors():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, committed when the block is left; one at a time.

        Raises:
            StorageError: nothing was stored.
        """
        with _as_storage_errors():
            async with self._turn(), self._engine.connect() as connection:
                await connection.execution_options(**_WRITE)
                async with connection.begin():
                    yield connection

    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """Note that traces of what a transaction deletes are to be removed, by whichever process.

        Args:
            connection: in that transaction.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it was not noted.
        """
        if self._is_sqlite:
            await connection.execute(text(f"{_TRACES} = 1"))

    async def needs_scrub(self) -> bool:
        """Say whether traces of something deleted may be left in the file or its log.

        Raises:
            StorageError: the database cannot be read.
        """
        if not self._is_sqlite:
            return False
        async with self.reading() as connection:
            return bool((await connection.execute(text(_TRACES))).scalar_one())

    async def scrub(self) -> None:
        """Rewrite the file so that nothing deleted is left in it, nor in its write-ahead log.

        `secure_delete` overwrites rows, but copies of them may survive in pages that were
        reorganised earlier; only `VACUUM` is sure. See https://sqlite.org/lang_vacuum.html.

        Raises:
            StorageError: somebody else is using the database; traces may be left.
        """
        if self._is_sqlite:
            async with self._outside_transactions() as connection:
                await connection.execute(text("VACUUM"))
                await _empty_log(connection)
                await connection.execute(text(f"{_TRACES} = 0"))

    async def truncate_log(self) -> None:
        """Move what is in SQLite's write-ahead log to the file; the log may hold deleted data.

        Raises:
            StorageError: somebody else is using the database; the log is as it was.
        """
        if self._is_sqlite:
            async with self._outside_transactions() as connection:
                await _empty_log(connection)

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def _outside_transactions(self) -> AsyncIterator[AsyncConnection]:
        """A connection for statements of SQLite's own, while nobody else here writes."""
        with _as_storage_errors():
            async with self._turn(), self._engine.connect() as connection:
                await connection.execution_options(begin=None)
                yield connection

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with asyncio.timeout(MAX_WAIT_S):
            await self._writer.acquire()
        try:
            yield
        finally:
            self._writer.release()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database, make it or bring it up to date as needed, and close it in the end.

    Args:
        url: SQLAlchemy address with an async driver. An SQLite file is made with its folder, for
            nobody else to read.

    Raises:
        StorageError: it cannot be used; `str(error)` is for the operator. It is unchanged.
    """
    address = make_url(url)
    engine = create_async_engine(address)
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
        event.listen(engine.sync_engine, "handle_error", _drop_if_read_only)
        with _as_storage_errors():
            _make_file(Path(address.database or ""))
    try:
        with _as_storage_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**_WRITE)
                async with connection.begin():
                    await connection.run_sync(migrate)
        yield Database(engine)
    finally:
        await engine.dispose()


async def _empty_log(connection: AsyncConnection) -> None:
    result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    if result.scalar_one():
        raise StorageBusyError("another program is reading the database")


def _make_file(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)  # there are faces in it
    # Whether it can be opened is tried here: aiosqlite's thread, when it cannot open a file, may
    # still report to an event loop that is gone by then.
    sqlite3.connect(file).close()


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, later than we want and not for DDL. See
    # https://docs.sqlalchemy.org/dialects/sqlite.html, on pysqlite's transactional behaviour.
    connection.isolation_level = None
    try:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
    except Exception:
        connection.close()  # nobody else would, and its thread would stay
        raise


def _begin(connection: Connection) -> None:
    if begin := connection.get_execution_options().get("begin", "BEGIN"):
        connection.exec_driver_sql(begin)


def _drop_if_read_only(context: ExceptionContext) -> None:
    # A connection that was opened while the file could not be written stays read-only for good.
    if _primary_code(context.original_exception) == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True


@contextmanager
def _as_storage_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise StorageBusyError("other changes take too long") from error
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as error:
        original = getattr(error, "orig", None) or error
        # The rest would be the statement and its values, which are people's data.
        text = str(original).partition("\n")[0]
        if _primary_code(original) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageBusyError(text) from error
        raise StorageError(text) from error


def _primary_code(error: BaseException) -> int:
    """Return SQLite's result code without its extension; see https://sqlite.org/rescode.html."""
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return extended & 0xFF
