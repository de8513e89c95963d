"""What differs between SQLite, for a bot on one machine, and PostgreSQL, for a shared database.

Both let one connection write at a time: SQLite locks its file, and for PostgreSQL each write
transaction takes an advisory lock before it reads. So whatever a transaction reads stays true until
it commits, and none has to be tried again.
"""

import math
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

from sqlalchemy import Connection, Engine, Integer, Table, create_engine, event, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from bot.errors import StorageBusyError
from bot.storage import sqlite_driver
from bot.storage.error_translation import primary_code
from bot.storage.schema import metadata, model_choice, model_files, model_versions
from bot.storage.transactions import LoopTransactions, ThreadTransactions, Transactions

# Keys of PostgreSQL's advisory locks, which belong to a database: of each write transaction, and
# of the bot as long as it runs.
WRITE_LOCK, BOT_LOCK = 0x6D6F6F64, 0x6D6F6F65
# And of what only one bot does at a time: see `bot.storage.advisory_lock`.
RETRAINING_LOCK, SCHEDULE_LOCK, MENUS_LOCK = 0x6D6F6F71, 0x6D6F6F72, 0x6D6F6F73
NOTIFIER_LOCK = 0x6D6F6F74
CONNECT_S = 10
# The server ends a write transaction whose bot is silent for so long, for example because its
# machine was suspended, and everybody else can write again.
MAX_SILENCE_S = 10
# The locks of a machine that has lost its power or its network are free again after half a minute;
# otherwise after two hours
# (https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE).
_KEEPALIVE = {
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an acknowledged change survives a power failure
    "PRAGMA secure_delete = ON",  # overwrites deleted content
)
# A number in the file's header that SQLite leaves to applications: 1 while traces may be left.
_NEEDS_SCRUB = "PRAGMA user_version"
_OF_NOBODY = {model_versions, model_files, model_choice}  # tables without data of users; large ones
_SCRUB_COMMENT = "deleted data may be left in the files"  # on a table of PostgreSQL


class Dialect(ABC):
    """How a database is connected to and used.

    Attributes:
        is_shared: whether several bots may use it at the same time.
        reading: execution options of a transaction that sees one consistent state.
        writing: those of a transaction that writes.
        maintenance: those of a connection for commands that run outside of transactions.
    """

    is_shared: ClassVar[bool]
    reading: ClassVar[Mapping[str, Any]]
    writing: ClassVar[Mapping[str, Any]]
    maintenance: ClassVar[Mapping[str, Any]]

    @abstractmethod
    def create_engine(
        self, url: URL, max_wait_s: float, follow_foreign_keys: bool = True
    ) -> AsyncEngine:
        """Return what opens connections.

        Args:
            url: of the database, with an async driver.
            max_wait_s: seconds to wait for other connections that write.
            follow_foreign_keys: whether rows are deleted with those that they refer to, and have to
                refer to some. PostgreSQL always does; only migrations of SQLite need another value.
        """

    @abstractmethod
    def transactions(self, url: URL, engine: AsyncEngine, max_wait_s: float) -> Transactions:
        """Return what runs functions in transactions.

        Args:
            url: of the database, with an async driver.
            engine: of the same database.
            max_wait_s: seconds to wait for other connections that write.
        """

    @abstractmethod
    def begin_writing(self, connection: Connection) -> None:
        """Wait until nobody else writes, in a transaction that has just begun."""

    @abstractmethod
    def count_changes(self, connection: Connection) -> int:
        """Return a number that grows when the connection's transaction changes something."""

    @abstractmethod
    async def uptime_s(self, connection: AsyncConnection) -> float:
        """Return for how many seconds the server has been running; without one, infinity."""

    @abstractmethod
    async def check_writable(self, connection: AsyncConnection) -> None:
        """Write something that changes nothing."""

    @abstractmethod
    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """Note in the database that traces of deleted data have to be removed."""

    @abstractmethod
    async def needs_scrub(self, connection: AsyncConnection) -> bool:
        """Return whether that was noted."""

    @abstractmethod
    async def scrub(self, connection: AsyncConnection) -> None:
        """Rewrite the tables without deleted data, and remove the note."""

    @abstractmethod
    async def truncate_log(self, connection: AsyncConnection) -> None:
        """Empty the write-ahead log, where the bot may do that."""


class SQLite(Dialect):
    is_shared: ClassVar = False
    reading: ClassVar[Mapping[str, Any]] = {}
    writing: ClassVar = {"begin": "BEGIN IMMEDIATE"}  # locks now, not at the first change
    maintenance: ClassVar = {"begin": None}

    def create_engine(
        self, url: URL, max_wait_s: float, follow_foreign_keys: bool = True
    ) -> AsyncEngine:
        """See `Dialect`."""
        engine = create_async_engine(url, async_creator=lambda: sqlite_driver.connect(url))
        _listen(engine.sync_engine, max_wait_s, follow_foreign_keys)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine

    def transactions(self, url: URL, engine: AsyncEngine, max_wait_s: float) -> Transactions:
        """See `Dialect`."""
        del engine
        in_threads = create_engine(
            url.set(drivername="sqlite"), creator=lambda: sqlite_driver.connect_in_thread(url)
        )
        _listen(in_threads, max_wait_s)
        event.listen(in_threads, "begin", _begin_now)
        return ThreadTransactions(in_threads)

    def begin_writing(self, connection: Connection) -> None:
        """See `Dialect`; `BEGIN IMMEDIATE` has waited already."""

    def count_changes(self, connection: Connection) -> int:
        """See `Dialect`."""
        return int(connection.execute(text("SELECT total_changes()")).scalar_one())

    async def uptime_s(self, connection: AsyncConnection) -> float:
        """See `Dialect`."""
        del connection
        return math.inf

    async def check_writable(self, connection: AsyncConnection) -> None:
        """See `Dialect`."""
        flag = (await connection.execute(text(_NEEDS_SCRUB))).scalar_one()
        await connection.execute(text(f"{_NEEDS_SCRUB} = {flag:d}"))

    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """See `Dialect`."""
        await connection.execute(text(f"{_NEEDS_SCRUB} = 1"))

    async def needs_scrub(self, connection: AsyncConnection) -> bool:
        """See `Dialect`."""
        return bool((await connection.execute(text(_NEEDS_SCRUB))).scalar_one())

    async def scrub(self, connection: AsyncConnection) -> None:
        """See `Dialect`.

        `secure_delete` overwrites rows, but copies of them may survive in pages that were
        reorganised earlier. Only `VACUUM` removes those: https://sqlite.org/lang_vacuum.html.
        """
        await connection.execute(text("VACUUM"))
        await self.truncate_log(connection)
        await connection.execute(text(f"{_NEEDS_SCRUB} = 0"))

    async def truncate_log(self, connection: AsyncConnection) -> None:
        """See `Dialect`."""
        result = await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        if result.scalar_one():
            raise StorageBusyError("another program is reading the database")


class PostgreSQL(Dialect):
    is_shared: ClassVar = True
    reading: ClassVar = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    # Each statement sees what is committed when it begins: all that was written before the lock was
    # taken (https://www.postgresql.org/docs/current/transaction-iso.html).
    writing: ClassVar = {"isolation_level": "READ COMMITTED"}
    maintenance: ClassVar = {"isolation_level": "AUTOCOMMIT"}

    def create_engine(
        self, url: URL, max_wait_s: float, follow_foreign_keys: bool = True
    ) -> AsyncEngine:
        """See `Dialect`."""
        del follow_foreign_keys
        settings = {
            "lock_timeout": f"{max_wait_s}s",
            "application_name": "photo-mood",
            **_KEEPALIVE,
        }
        return create_async_engine(
            url,
            pool_pre_ping=True,  # after a restart of the server, the first users notice nothing
            connect_args={"timeout": CONNECT_S, "server_settings": settings},
        )

    def transactions(self, url: URL, engine: AsyncEngine, max_wait_s: float) -> Transactions:
        """See `Dialect`."""
        del url, max_wait_s
        return LoopTransactions(engine)

    def begin_writing(self, connection: Connection) -> None:
        """See `Dialect`."""
        connection.execute(
            text(
                "SELECT set_config('idle_in_transaction_session_timeout', :silence, true), "
                "pg_advisory_xact_lock(:key)"
            ),
            {"silence": f"{MAX_SILENCE_S}s", "key": WRITE_LOCK},
        )

    def count_changes(self, connection: Connection) -> int:
        """See `Dialect`; a transaction has an id once it has changed something."""
        query = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        return int(connection.execute(query).scalar_one())

    async def uptime_s(self, connection: AsyncConnection) -> float:
        """See `Dialect`."""
        query = text("SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())")
        return float((await connection.execute(query)).scalar_one())

    async def check_writable(self, connection: AsyncConnection) -> None:
        """See `Dialect`; a locked row is written to, and cannot be on a read-only server."""
        await connection.execute(text("SELECT version_num FROM alembic_version FOR UPDATE"))

    async def mark_for_scrub(self, connection: AsyncConnection) -> None:
        """See `Dialect`."""
        await connection.execute(text(f"COMMENT ON TABLE users IS '{_SCRUB_COMMENT}'"))

    async def needs_scrub(self, connection: AsyncConnection) -> bool:
        """See `Dialect`."""
        query = text("SELECT obj_description('users'::regclass, 'pg_class')")
        return bool((await connection.execute(query)).scalar_one() == _SCRUB_COMMENT)

    async def scrub(self, connection: AsyncConnection) -> None:
        """See `Dialect`.

        A plain `VACUUM` leaves the content of deleted rows in their pages until it is overwritten;
        `FULL` writes new files: https://www.postgresql.org/docs/current/sql-vacuum.html. The
        server's write-ahead log and its archives are the operator's.
        """
        tables = ", ".join(
            table.name for table in metadata.sorted_tables if table not in _OF_NOBODY
        )
        # Meanwhile, nobody erases anything else: the note would be removed, but not the traces.
        key = {"key": WRITE_LOCK}
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        try:
            await connection.execute(text(f"VACUUM (FULL) {tables}"))
            await connection.execute(text("COMMENT ON TABLE users IS NULL"))
        finally:
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)

    async def truncate_log(self, connection: AsyncConnection) -> None:
        """See `Dialect`; the log is the server's, which other databases may share."""


def dialect_of(url: URL) -> Dialect:
    """Return what the database at a URL needs; the settings have refused all others."""
    return PostgreSQL() if url.get_backend_name() == "postgresql" else SQLite()


def insert(
    connection: AsyncConnection | Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    """Return an insert statement that may say what happens on a conflict."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


class truncated(GenericFunction[int]):  # noqa: N801 - named like a function of SQL
    """A number without what follows its decimal point; a cast rounds it in PostgreSQL."""

    type = Integer()
    inherit_cache = True


@compiles(truncated)
def _cast(element: truncated, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS INTEGER)"


@compiles(truncated, "postgresql")
def _truncate(element: truncated, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(func.trunc(*element.clauses), **options)} AS INTEGER)"


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


def _listen(engine: Engine, max_wait_s: float, follow_foreign_keys: bool = True) -> None:
    settings = (
        f"PRAGMA busy_timeout = {round(1000 * max_wait_s)}",
        *_PRAGMAS,
        f"PRAGMA foreign_keys = {'ON' if follow_foreign_keys else 'OFF'}",
    )

    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        _configure(connection, settings)

    event.listen(engine, "connect", configure)
    event.listen(engine, "handle_error", _drop_if_read_only)


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
    begin = connection.get_execution_options().get("begin", "BEGIN")
    if begin == "BEGIN":  # which has no effect before the next statement
        cast(sqlite_driver.Connection, connection.connection.driver_connection).begin_with_next()
    elif begin:
        connection.exec_driver_sql(begin)


def _begin_now(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _drop_if_read_only(context: ExceptionContext) -> None:
    # A connection that was opened while the file was not writable stays read-only.
    if primary_code(context.original_exception) == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True
