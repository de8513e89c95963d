"""Keeps a second bot away from a PostgreSQL database that is in use; see `database_lock`.

The lock belongs to a connection, so the server releases it when the bot or its machine dies:
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StorageError
from bot.shutdown import in_background
from bot.storage.database_lock import PAUSE_S, WAIT_S
from bot.storage.dialects import BOT_LOCK, CONNECT_S, dialect_of
from bot.storage.error_translation import as_storage_errors

CHECK_EVERY_S = 5.0

logger = logging.getLogger(__name__)


class _ServerLock:
    """The lock, which is lost with its connection, for example when the server is restarted."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def is_held(self) -> bool:
        """Return whether this process has the lock, after taking it if it is free.

        Raises:
            StorageError: the server does not answer.
        """
        with as_storage_errors():
            if self._connection is not None and not self._connection.invalidated:
                await self._connection.execute(text("SELECT 1"))
                return True
            await self.close()
            connection = await self._engine.connect()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            query = text("SELECT pg_try_advisory_lock(:key)")
            if (await connection.execute(query, {"key": BOT_LOCK})).scalar_one():
                self._connection = connection
                return True
            await connection.close()
            return False

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


@asynccontextmanager
async def lock_server_database(url: URL, wait_s: float = WAIT_S) -> AsyncIterator[None]:
    """Hold the lock of a database while the block runs, after waiting for a bot that is stopping.

    If the connection is lost, the lock is taken again as soon as possible.

    Args:
        url: of the database, with an async driver.
        wait_s: seconds to wait for the lock.

    Raises:
        StorageError: another bot still holds the lock, or the server cannot be used.
    """
    engine = dialect_of(url).create_engine(url, CONNECT_S)
    lock = _ServerLock(engine)
    try:
        await _acquire(lock, url, wait_s)
        async with in_background(_keep(lock, url)):
            yield
    finally:
        await lock.close()
        await engine.dispose()


async def _acquire(lock: _ServerLock, url: URL, wait_s: float) -> None:
    start = time.monotonic()
    is_waiting = False
    while not await lock.is_held():
        if time.monotonic() - start > wait_s:
            raise StorageError(
                f"another bot uses {url}. Stop it, or give this one a database of its own in "
                "BOT_DATABASE_URL"
            )
        if not is_waiting:
            logger.warning("Another bot uses %s, waiting until it has stopped", url)
        is_waiting = True
        await asyncio.sleep(PAUSE_S)


async def _keep(lock: _ServerLock, url: URL) -> NoReturn:
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        try:
            if not await lock.is_held():
                logger.error("Another bot has begun to use %s: stop one of them", url)
        except StorageError as error:
            logger.warning("The database server does not answer: %s", error)
