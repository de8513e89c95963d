"""The connection to the database: opening, reading, writing, and removing deleted data."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import NewerSchemaError, StorageBusyError, StorageError
from bot.log_limit import LogLimit
from bot.storage.advisory_lock import AdvisoryLock
from bot.storage.dialects import Dialect, create_file, dialect_of
from bot.storage.error_translation import as_storage_errors
from bot.storage.migrate import is_known_schema, migrate, newer_schema, schemas
from bot.storage.recent_erasures import RecentErasures
from bot.storage.transactions import Transactions

# Limits how long a tap waits for an answer: this long for other writers in this process, and again
# for those in another one.
MAX_WAIT_S = 2.0

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(slots=True)
class _Outcome:
    """Whether a transaction has changed something; False as long as that does not matter."""

    has_written: bool = False


class Database:
    """The bot's database; build it with `open_database`."""

    def __init__(self, engine: AsyncEngine, dialect: Dialect, transactions: Transactions) -> None:
        self._engine = engine
        self._transactions = transactions
        self._dialect = dialect
        self._write_lock = asyncio.Lock()
        self._cannot_write = False
        self._log_limit = LogLimit()
        self.erasures = RecentErasures()

    @property
    def is_shared(self) -> bool:
        """Whether other bots may use it at the same time."""
        return self._dialect.is_shared

    def lock(self, key: int) -> AdvisoryLock:
        """Return one of the locks that `bot.storage.dialects` names, not held yet."""
        return AdvisoryLock(self._engine if self.is_shared else None, key)

    async def uptime_s(self) -> float:
        """Return for how many seconds the server has been running; without one, infinity.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self.reading() as connection:
            return await self._dialect.uptime_s(connection)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that sees one consistent state; `read` takes less time.

        Raises:
            StorageError: the database cannot be read.
        """
        with as_storage_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**self._dialect.reading)
                async with connection.begin():
                    yield connection

    async def read(self, work: Callable[[Connection], Result]) -> Result:
        """Return what a function reads from one consistent state.

        Args:
            work: gets a connection; perhaps called in another thread.

        Raises:
            StorageError: the database cannot be read.
        """
        with as_storage_errors():
            return await self._transactions.run(self._dialect.reading, work)

    async def write(
        self, work: Callable[[Connection], Result], max_wait_s: float | None = None
    ) -> Result:
        """Return what a function returns that reads and writes in one transaction; one at a time.

        Args:
            work: gets a connection; perhaps called in another thread. If it raises, nothing is
                stored.
            max_wait_s: seconds to wait for other writers in this process; `MAX_WAIT_S` by default.

        Raises:
            StorageError: nothing was stored.
        """

        def begin_and_work(connection: Connection) -> tuple[Result, bool]:
            self._dialect.begin_writing(connection)
            before = self._changes(connection)
            result = work(connection)
            return result, self._changes(connection) > before

        async with self._written(max_wait_s) as outcome:
            result, outcome.has_written = await self._transactions.run(
                self._dialect.writing, begin_and_work
            )
        return result

    @asynccontextmanager
    async def writing(self, max_wait_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction, and commit it at the end of the block; one at a time.

        `write` takes less time.

        Args:
            max_wait_s: seconds to wait for other writers in this process; `MAX_WAIT_S` by default.

        Raises:
            StorageError: nothing was stored.
        """
        async with self._written(max_wait_s) as outcome, self._engine.connect() as connection:
            await connection.execution_options(**self._dialect.writing)
            async with connection.begin():
                await connection.run_sync(self._dialect.begin_writing)
                before = await connection.run_sync(self._changes)
                yield connection
                outcome.has_written = await connection.run_sync(self._changes) > before

    @asynccontextmanager
    async def writing_beside(self) -> AsyncIterator[AsyncConnection]:
        """Open a write transaction that lets others write, for tables that they do not use.

        Raises:
            StorageError: nothing was stored.
        """
        with as_storage_errors():
            async with self._engine.connect() as connection:
                await connection.execution_options(**self._dialect.writing)
                async with connection.begin():
                    yield connection

    async def check_writable(self) -> None:
        """Write something that changes nothing.

        Raises:
            StorageError: nothing can be stored.
        """
        async with self.writing() as connection:
            await self._dialect.check_writable(connection)

    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """Note, in a transaction that deletes something, that its traces have to be removed.

        The note is in the database, so another process can act on it.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it was not noted.
        """
        await self._dialect.mark_for_scrub(connection)

    async def needs_scrub(self) -> bool:
        """Return whether traces of deleted data may be left in the database's files.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self.reading() as connection:
            return await self._dialect.needs_scrub(connection)

    async def scrub(self) -> None:
        """Rewrite the database's files so that no deleted data is left in them.

        Raises:
            StorageError: somebody else is using the database; traces may be left.
        """
        async with self._without_transaction() as connection:
            await self._dialect.scrub(connection)

    async def truncate_log(self) -> None:
        """Move SQLite's write-ahead log into the file; the log may hold deleted data.

        Raises:
            StorageError: somebody else is using the database; the log is as it was.
        """
        async with self._without_transaction() as connection:
            await self._dialect.truncate_log(connection)

    @asynccontextmanager
    async def _written(self, max_wait_s: float | None) -> AsyncIterator["_Outcome"]:
        """Let nobody else write during the block, and note whether the database can be written."""
        outcome = _Outcome()
        try:
            with as_storage_errors():
                async with self._locked(max_wait_s):
                    yield outcome
        except StorageError:
            self._cannot_write = True  # whoever wants to write logs it
            raise
        if outcome.has_written and self._log_limit.due("again"):
            self._cannot_write = False
            logger.info("The database can be written again")

    def _changes(self, connection: Connection) -> int:
        """Return how many rows a connection has changed; 0 unless an earlier write has failed."""
        return self._dialect.count_changes(connection) if self._cannot_write else 0

    @asynccontextmanager
    async def _without_transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection for the database's own commands, while nobody else in here writes."""
        with as_storage_errors():
            async with self._locked(), self._engine.connect() as connection:
                await connection.execution_options(**self._dialect.maintenance)
                yield connection

    @asynccontextmanager
    async def _locked(self, max_wait_s: float | None = None) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(MAX_WAIT_S if max_wait_s is None else max_wait_s):
                await self._write_lock.acquire()
        except TimeoutError as error:
            raise StorageBusyError("other writes take too long") from error
        try:
            yield
        finally:
            self._write_lock.release()


@asynccontextmanager
async def open_database(url: str, may_migrate: bool = True) -> AsyncIterator[Database]:
    """Open the database, creating or migrating it first if necessary, and close it at the end.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL, with an async driver. An SQLite file is created
            with its folder, and only this user may read it.
        may_migrate: whether nobody else uses it; otherwise, it must have the newest schema.

    Raises:
        StorageError: it cannot be used, and is unchanged; `str(error)` is for the operator.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with as_storage_errors():
            create_file(parsed)
    dialect = dialect_of(parsed)
    await _migrate(parsed, dialect, may_migrate)
    engine = dialect.create_engine(parsed, MAX_WAIT_S)
    transactions = dialect.transactions(parsed, engine, MAX_WAIT_S)
    try:
        yield Database(engine, dialect, transactions)
    finally:
        await transactions.close()
        await engine.dispose()


async def _migrate(url: URL, dialect: Dialect, may_migrate: bool) -> None:
    """Bring a database to the newest schema, with connections of its own.

    Most changes of a table are a copy in SQLite, and the old table is dropped. Foreign keys are not
    followed meanwhile: they would delete what refers to its rows
    (https://sqlite.org/lang_altertable.html#otheralter).
    """
    engine = dialect.create_engine(url, MAX_WAIT_S, follow_foreign_keys=False)
    try:
        with as_storage_errors():
            async with engine.connect() as connection:
                await connection.execution_options(**dialect.writing)
                async with connection.begin():
                    await connection.run_sync(dialect.begin_writing)
                    before, newest = await connection.run_sync(migrate if may_migrate else schemas)
    finally:
        await engine.dispose()
    if not may_migrate:
        _require_newest(before, newest)
    if before != newest:
        logger.info("Database migrated from schema %s to %s", before or "none", newest)


def _require_newest(schema: str | None, newest: str | None) -> None:
    if schema is None:
        raise StorageError("it is empty. Start a bot first, which makes its tables")
    if not is_known_schema(schema):
        raise NewerSchemaError(newer_schema(schema))
    if schema != newest:
        raise StorageError(
            f"other bots use it with the schema {schema}, and this version has {newest}. Stop them "
            "first, and then start the same version everywhere"
        )
