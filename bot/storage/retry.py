"""Retry a write while the database is locked."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import StorageBusyError

MAX_RETRY_S = 120.0  # `/forget` rewrites the whole file, which may take a minute

Result = TypeVar("Result")


async def retry_while_locked(write: Callable[[], Awaitable[Result]]) -> Result:
    """Call `write` until the database is not locked any more, for two minutes at most.

    Each attempt waits for the lock itself, so there is no pause between them.

    Raises:
        StorageError: the write failed for another reason, or the database stayed busy.
    """
    deadline = time.monotonic() + MAX_RETRY_S
    while True:
        try:
            return await write()
        except StorageBusyError:
            if time.monotonic() > deadline:
                raise
