"""Transactions that are given as a function, for those that every photo needs.

Such a function gets a `Connection` and calls it without `await`, so that all its statements are
executed with as few changes of threads or greenlets as possible.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

Result = TypeVar("Result")

THREADS = 2  # one for whoever writes, who may have to wait for another process, and one to read


class Transactions(ABC):
    """Runs functions in transactions."""

    @abstractmethod
    async def run(self, options: Mapping[str, Any], work: Callable[[Connection], Result]) -> Result:
        """Run a function in a transaction, which is rolled back if the function raises.

        Args:
            options: execution options of the connection.
            work: the function.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: nothing was stored.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close all connections; nothing may be running."""


class ThreadTransactions(Transactions):
    """Runs each transaction in a thread, from its beginning to its end.

    Args:
        engine: opens connections that may be used in any thread.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, "database")

    async def run(self, options: Mapping[str, Any], work: Callable[[Connection], Result]) -> Result:
        """See `Transactions`; what has begun ends, even if the caller is cancelled."""

        def transact() -> Result:
            with self._engine.connect() as connection:
                connection.execution_options(**options)
                with connection.begin():
                    return work(connection)

        running = asyncio.get_running_loop().run_in_executor(self._threads, transact)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    async def close(self) -> None:
        """See `Transactions`."""
        self._threads.shutdown()
        self._engine.dispose()


class LoopTransactions(Transactions):
    """Runs each transaction in the event loop, on connections of an async driver.

    Args:
        engine: opens the connections; closed by whoever opened it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self, options: Mapping[str, Any], work: Callable[[Connection], Result]) -> Result:
        """See `Transactions`."""
        async with self._engine.connect() as connection:
            await connection.execution_options(**options)
            async with connection.begin():
                return await connection.run_sync(work)

    async def close(self) -> None:
        """See `Transactions`."""
