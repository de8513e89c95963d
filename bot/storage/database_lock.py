"""Keeps a second bot away from a database that is in use.

Two bots on one database would take up each other's updates: photos would be answered twice, and
people would get apologies for what was answered.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from bot.errors import StorageError
from bot.storage.error_translation import error_class
from model.errors import AlreadyRunningError
from model.registry.file_lock import acquire_lock

WAIT_S = 15.0  # longer than a bot takes to stop: `bot.shutdown.DEADLINE_S`
PAUSE_S = 0.2

logger = logging.getLogger(__name__)


@asynccontextmanager
async def lock_database(file: Path | None, wait_s: float = WAIT_S) -> AsyncIterator[None]:
    """Hold the lock of a database while the block runs, after waiting for a bot that is stopping.

    Args:
        file: the database; None if it is no ordinary file, which has no lock.
        wait_s: seconds to wait for the lock.

    Raises:
        StorageError: another bot still holds the lock, or its file cannot be made.
    """
    with ExitStack() as lock:
        if file is not None:
            await _acquire(lock, file, wait_s)
        yield


def lock_file_of(database: Path) -> Path:
    """Return the file of a database's lock; see `model.registry.file_lock`."""
    return database.with_name(f"{database.name}.lock")


async def _acquire(lock: ExitStack, file: Path, wait_s: float) -> None:
    path = lock_file_of(file)
    start = time.monotonic()
    is_waiting = False
    while True:
        try:
            lock.enter_context(acquire_lock(path))
            return
        except OSError as error:
            raise error_class(error)(f"{path}: {error.strerror}") from error
        except AlreadyRunningError as error:
            if time.monotonic() - start > wait_s:
                raise StorageError(
                    f"another bot uses {file}. Stop it, or give this one a folder of its own in "
                    "BOT_DATA_DIR"
                ) from error
            if not is_waiting:
                logger.warning("Another bot uses %s, waiting until it has stopped", file)
            is_waiting = True
        await asyncio.sleep(PAUSE_S)
