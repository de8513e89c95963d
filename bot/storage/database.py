"""The connection to the database: opening, reading, writing, and removing deleted data."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StorageBusyError, StorageError
from bot.log_limit import LogLimit
from bot.storage.engine import create_engine, create_file
from bot.storage.error_translation import as_storage_errors
from bot.storage.migrate import migrate

# Limits how long a tap waits for an answer: this long for other writers in this process, and again
# for those in another one.
MAX_WAIT_S = 2.0
MAX_ERASURES = 10_000  # users; far more than are erased while one photo is judged

_WRITE = {"begin": "BEGIN IMMEDIATE"}  # takes the write lock now, not at the first change
# A number in the file's header that SQLite leaves to applications: 1 while traces may be left.
_NEEDS_SCRUB = "PRAGMA user_version"

logger = logging.getLogger(__name__)


class RecentErasures:
    """Times of recent erasures.

    In memory only: work that started before one cannot outlive the process. Forgetting an erasure
    would break a promise of privacy, so if a time is dropped, every user counts as erased up to it.

    Args:
        max_users: how many users to remember.
    """

    def __init__(self, max_users: int = MAX_ERASURES) -> None:
        self._max_users = max_users
        self._erased_at: OrderedDict[int, float] = OrderedDict()  # latest last
        self._latest_dropped = -math.inf

    def add(self, user_id: int) -> None:
        """Note that a user is being erased; call this before that transaction ends."""
        self._erased_at[user_id] = time.monotonic()
        self._erased_at.move_to_end(user_id)
        while len(self._erased_at) > self._max_users:
            _, self._latest_dropped = self._erased_at.popitem(last=False)

    def erased_since(self, user_id: int, received_at: float) -> bool:
        """Return whether a user was erased, or may have been, since something was received.

        Args:
            user_id: who sent it.
            received_at: time by `time.monotonic`.
        """
        return received_at <= self._erased_at.get(user_id, self._latest_dropped)


class Database:
    """The bot's database; build it with `open_database`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._write_lock = asyncio.Lock()
        self._cannot_write = False
        self._log_limit = LogLimit()
        self.erasures = RecentErasures()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that sees one consistent state.

        Raises:
            StorageError: the database cannot be read.
        """
        with as_storage_errors():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self, max_wait_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction, and commit it at the end of the block; one at a time.

        Args:
            max_wait_s: seconds to wait for other writers in this process; `MAX_WAIT_S` by default.

        Raises:
            StorageError: nothing was stored.
        """
        try:
            with as_storage_errors():
                async with self._locked(max_wait_s), self._engine.connect() as connection:
                    await connection.execution_options(**_WRITE)
                    async with connection.begin():
                        before = await self._changes(connection)
                        yield connection
                        has_written = await self._changes(connection) > before
        except StorageError:
            self._cannot_write = True  # whoever wants to write logs it
            raise
        if has_written and self._log_limit.due("again"):
            self._cannot_write = False
            logger.info("The database can be written again")

    async def check_writable(self) -> None:
        """Write something that changes nothing.

        Raises:
            StorageError: nothing can be stored.
        """
        async with self.writing() as connection:
            if self._is_sqlite:
                flag = (await connection.execute(text(_NEEDS_SCRUB))).scalar_one()
                await connection.execute(text(f"{_NEEDS_SCRUB} = {flag:d}"))

    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """Note, in a transaction that deletes something, that its traces have to be removed.

        The note is in the file, so another process can act on it.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it was not noted.
        """
        if self._is_sqlite:
            await connection.execute(text(f"{_NEEDS_SCRUB} = 1"))

    async def needs_scrub(self) -> bool:
        """Return whether traces of deleted data may be left in the file or its log.

        Raises:
            StorageError: the database cannot be read.
        """
        if not self._is_sqlite:
            return False
        async with self.reading() as connection:
            return bool((await connection.execute(text(_NEEDS_SCRUB))).scalar_one())

    async def scrub(self) -> None:
        """Rewrite the file so that no deleted data is left in it or in its write-ahead log.

        `secure_delete` overwrites rows, but copies of them may survive in pages that were
        reorganised earlier. Only `VACUUM` removes those: https://sqlite.org/lang_vacuum.html.

        Raises:
            StorageError: somebody else is using the database; traces may be left.
        """
        if self._is_sqlite:
            async with self._without_transaction() as connection:
                await connection.execute(text("VACUUM"))
                await _truncate_log(connection)
                await connection.execute(text(f"{_NEEDS_SCRUB} = 0"))

    async def truncate_log(self) -> None:
        """Move SQLite's write-ahead log into the file; the log may hold deleted data.

        Raises:
            StorageError: somebody else is using the database; the log is as it was.
        """
        if self._is_sqlite:
            async with self._without_transaction() as connection:
                await _truncate_log(connection)

    async def _changes(self, connection: AsyncConnection) -> int:
        """Return how many rows a connection has changed; 0 unless an earlier write has failed."""
        if not self._cannot_write:
            return 0
        return int((await connection.execute(text("SELECT total_changes()"))).scalar_one())

    @property
    def _is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def _without_transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for SQLite's own commands, while nobody else in here writes."""
        with as_storage_errors():
            async with self._locked(), self._engine.connect() as connection:
                await connection.execution_options(begin=None)
                yield connection

    @asynccontextmanager
    async def _locked(self, max_wait_s: float | None = None) -> AsyncIterator[None]:
        async with asyncio.timeout(MAX_WAIT_S if max_wait_s is None else max_wait_s):
            await self._write_lock.acquire()
        try:
            yield
        finally:
            self._write_lock.release()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the database, creating or migrating it first if necessary, and close it at the end.

    Args:
        url: SQLAlchemy URL with an async driver. An SQLite file is created with its folder, and
            only this user may read it.

    Raises:
        StorageError: it cannot be used, and is unchanged; `str(error)` is for the operator.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with as_storage_errors():
            create_file(parsed)
    await _migrate(parsed)
    engine = create_engine(parsed, MAX_WAIT_S)
    try:
        yield Database(engine)
    finally:
        await engine.dispose()


async def _migrate(url: URL) -> None:
    """Bring a database to the newest schema, with connections of its own.

    Most changes of a table are a copy in SQLite, and the old table is dropped. Foreign keys are not
    followed meanwhile: they would delete what refers to its rows
    (https://sqlite.org/lang_altertable.html#otheralter).
    """
    engine = create_engine(url, MAX_WAIT_S, follow_foreign_keys=False)
    try:
        with as_storage_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**_WRITE)
                async with connection.begin():
                    before, newest = await connection.run_sync(migrate)
    finally:
        await engine.dispose()
    if before != newest:
        logger.info("Database migrated from schema %s to %s", before or "none", newest)


async def _truncate_log(connection: AsyncConnection) -> None:
    result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    if result.scalar_one():
        raise StorageBusyError("another program is reading the database")
