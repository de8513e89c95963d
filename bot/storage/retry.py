"""Retry a write while the database is locked."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import StorageBusyError

MAX_RETRY_S = 120.0  # `/forget` rewrites the whole file, which may take a minute
# Most attempts wait for the lock themselves; SQLite refuses some at once, like those on a new file.
PAUSE_S = 0.1

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


async def retry_while_locked(write: Callable[[], Awaitable[Result]]) -> Result:
    """Call `write` until the database is not locked any more, for two minutes at most.

    Raises:
        StorageError: the write failed for another reason, or the database stayed busy.
    """
    deadline = time.monotonic() + MAX_RETRY_S
    waiting = False
    while True:
        try:
            return await write()
        except StorageBusyError as error:
            if time.monotonic() > deadline:
                raise
            if not waiting:
                logger.warning(
                    "The database is busy, trying again for up to two minutes: %s", error
                )
            waiting = True
        await asyncio.sleep(PAUSE_S)
