"""Locks for what only one of several bots on a PostgreSQL server does at a time.

A lock belongs to a connection, so the server releases it when its holder or that machine dies:
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS. An SQLite database has
one bot only; there, every lock is free.
"""

import asyncio

from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.error_translation import as_storage_errors

ANSWER_S = 10.0  # what the server may take to answer

_TRY = text("SELECT pg_try_advisory_lock(:key)")
_UNLOCK = text("SELECT pg_advisory_unlock(:key)")
_IS_THERE = text("SELECT true")
# How keys of 64 bits are shown: https://www.postgresql.org/docs/current/view-pg-locks.html
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 1 "
    "AND classid = 0 AND objid = :key)"
)


class AdvisoryLock:
    """A lock that this process may hold; `Database.lock` makes them.

    Args:
        engine: opens connections to the server; None for SQLite.
        key: of the lock, below 2**32.
    """

    def __init__(self, engine: AsyncEngine | None, key: int) -> None:
        self._engine = engine
        self._key = key
        self._connection: AsyncConnection | None = None

    async def try_acquire(self) -> bool:
        """Return whether this process has the lock, after taking it if it is free.

        It is lost with its connection, for example when the server is restarted; so call this again
        from time to time.

        Raises:
            StorageError: the server does not answer.
        """
        if self._engine is None or await self._is_connected():
            return True
        with as_storage_errors():
            connection = await self._engine.connect()
            try:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                if await self._ask(connection, _TRY):
                    self._connection = connection
                    return True
            finally:
                if self._connection is None:
                    await connection.close()
        return False

    async def is_held(self) -> bool:
        """Return whether anybody has the lock, this process included.

        Raises:
            StorageError: the server does not answer.
        """
        if self._engine is None:
            return False
        with as_storage_errors():
            async with self._engine.connect() as connection:
                return await self._ask(connection, _HELD)

    async def release(self) -> None:
        """Let others have the lock; without it, do nothing."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await self._ask(connection, _UNLOCK)
        except (SQLAlchemyError, OSError):  # a lost connection had no lock any more
            await connection.invalidate()
        finally:
            await connection.close()

    async def _is_connected(self) -> bool:
        if self._connection is None:
            return False
        try:
            return await self._ask(self._connection, _IS_THERE)
        except (SQLAlchemyError, OSError):
            lost, self._connection = self._connection, None
            await lost.invalidate()
            await lost.close()
            return False

    async def _ask(self, connection: AsyncConnection, query: TextClause) -> bool:
        async with asyncio.timeout(ANSWER_S):
            return bool((await connection.execute(query, {"key": self._key})).scalar_one())
