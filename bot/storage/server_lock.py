"""Keeps a second bot away from a PostgreSQL database that is in use; see `database_lock`.

Bots that share the inbox (`bot.storage.replicas`) share the lock as well. It belongs to a
connection, so the server releases it when the bot or its machine dies:
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from sqlalchemy import text
from sqlalchemy.engine import URL, CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql import Executable

from bot.errors import StorageError
from bot.shutdown import in_background
from bot.storage.database_lock import PAUSE_S, WAIT_S
from bot.storage.dialects import BOT_LOCK, CONNECT_S, dialect_of
from bot.storage.error_translation import as_storage_errors

CHECK_EVERY_S = 5.0

_TRY = "SELECT pg_try_advisory_lock(:key)"
_TRY_SHARED = "SELECT pg_try_advisory_lock_shared(:key)"
_SHARE = "SELECT pg_advisory_lock_shared(:key), pg_advisory_unlock(:key)"

logger = logging.getLogger(__name__)


class ServerLock:
    """The lock and its connection, with which it is lost, for example when the server restarts.

    Args:
        engine: opens connections.
        is_shared: whether other bots may have it, too, that share it.

    Attributes:
        is_shared: the same.
        is_alone: whether nobody else had it when it was taken. Nobody else gets it then until
            `share` is called.
    """

    def __init__(self, engine: AsyncEngine, is_shared: bool) -> None:
        self._engine = engine
        self.is_shared = is_shared
        self._connection: AsyncConnection | None = None
        self._in_use = asyncio.Lock()  # a connection executes one statement at a time
        self._listeners: dict[str, Callable[[str], None]] = {}
        self.is_alone = False

    async def try_first(self) -> bool:
        """Take the lock for the first time if it is free, alone if possible.

        Raises:
            StorageError: the server does not answer.
        """
        async with self._in_use:
            self.is_alone = await self._connect(_TRY) is not None
            if not self.is_alone and self.is_shared:
                await self._connect(_TRY_SHARED)
            return self._connection is not None

    async def is_held(self) -> bool:
        """Return whether this process has the lock, after taking it if it was lost and is free.

        Raises:
            StorageError: the server does not answer.
        """
        async with self._in_use:
            return await self._held() is not None

    async def share(self) -> None:
        """Let other bots have the lock, too.

        Raises:
            StorageError: the server does not answer.
        """
        if self.is_alone:
            await self.execute(text(_SHARE).bindparams(key=BOT_LOCK))

    async def execute(self, statement: Executable) -> CursorResult[Any]:
        """Execute a statement at once, whoever else writes; its end is stored with it.

        Raises:
            StorageError: it failed, or another bot has the lock.
        """
        async with self._in_use:
            connection = await self._held()
            if connection is None:
                raise StorageError("another bot has begun to use the database")
            return await _execute(connection, statement)

    async def listen(self, channel: str, notified: Callable[[str], None]) -> None:
        """Have a function called with each payload that is sent to a channel.

        Raises:
            StorageError: the server does not answer.
        """
        async with self._in_use:
            self._listeners[channel] = notified
            if self._connection is not None:
                await self._listen(self._connection)

    async def close(self) -> None:
        """Release the lock."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _held(self) -> AsyncConnection | None:
        """Return the connection that has the lock; None if somebody else has it."""
        if self._connection is not None and not self._connection.invalidated:
            await _execute(self._connection, text("SELECT 1"))
            return self._connection
        await self.close()
        connection = await self._connect(_TRY_SHARED if self.is_shared else _TRY)
        if connection is not None:
            await self._listen(connection)
        return connection

    async def _connect(self, query: str) -> AsyncConnection | None:
        """Take the lock with a new connection; None if somebody else has it."""
        with as_storage_errors():
            connection = await self._engine.connect()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if (await connection.execute(text(query), {"key": BOT_LOCK})).scalar_one():
                self._connection = connection
                return connection
            await connection.close()
            return None

    async def _listen(self, connection: AsyncConnection) -> None:
        with as_storage_errors():
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for channel, notified in self._listeners.items():
                await driver.add_listener(channel, lambda *args, to=notified: to(args[3]))


async def _execute(connection: AsyncConnection, statement: Executable) -> CursorResult[Any]:
    try:
        with as_storage_errors():
            async with asyncio.timeout(CONNECT_S):
                return await connection.execute(statement)
    except (StorageError, asyncio.CancelledError):
        await connection.invalidate()  # an answer may still be on its way
        raise


@asynccontextmanager
async def lock_server_database(
    url: URL, wait_s: float = WAIT_S, is_shared: bool = False
) -> AsyncIterator[ServerLock]:
    """Hold the lock of a database while the block runs, after waiting for a bot that is stopping.

    If the connection is lost, the lock is taken again as soon as possible.

    Args:
        url: of the database, with an async driver.
        wait_s: seconds to wait for the lock.
        is_shared: whether other bots may have it, too, that share it.

    Raises:
        StorageError: another bot still holds the lock, or the server cannot be used.
    """
    engine = dialect_of(url).create_engine(url, CONNECT_S)
    lock = ServerLock(engine, is_shared)
    try:
        await _acquire(lock, url, wait_s)
        async with in_background(_keep(lock, url)):
            yield lock
    finally:
        await lock.close()
        await engine.dispose()


async def _acquire(lock: ServerLock, url: URL, wait_s: float) -> None:
    start = time.monotonic()
    is_waiting = False
    while not await lock.try_first():
        if time.monotonic() - start > wait_s:
            raise StorageError(
                f"another bot uses {url}. Stop it, or give this one a database of its own in "
                "BOT_DATABASE_URL"
            )
        if not is_waiting:
            until = "is ready" if lock.is_shared else "has stopped"
            logger.warning("Another bot uses %s, waiting until it %s", url, until)
        is_waiting = True
        await asyncio.sleep(PAUSE_S)


async def _keep(lock: ServerLock, url: URL) -> NoReturn:
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        try:
            if not await lock.is_held():
                logger.error("Another bot has begun to use %s: stop one of them", url)
        except StorageError as error:
            logger.warning("The database server does not answer: %s", error)
