"""One retraining at a time: on this machine by a file, over all machines by the database.

SQLite has the file only. On PostgreSQL both are needed, because programs that are older, or that
only know the data folder, look at the file.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from bot.errors import StorageError
from bot.shutdown import in_background
from bot.storage.advisory_lock import AdvisoryLock
from bot.storage.database import Database
from bot.storage.dialects import RETRAINING_LOCK
from model.errors import AlreadyRunningError
from model.registry.file_lock import is_locked
from model.registry.registry import Registry

CHECK_EVERY_S = 5.0
RETAKE_S = 10.0  # after a restart of the server, whoever had the lock has it again by then

logger = logging.getLogger(__name__)


@asynccontextmanager
async def only_retraining(database: Database, registry: Registry) -> AsyncIterator[None]:
    """Keep retrainings on other machines away while the block runs.

    Args:
        database: the database that all of them use.
        registry: the caller holds its `retrain_lock`.

    Raises:
        AlreadyRunningError: one is running.
        StorageError: the database cannot be used.
    """
    lock = database.lock(RETRAINING_LOCK)
    await asyncio.sleep(RETAKE_S - await database.uptime_s())
    if not await lock.try_acquire():
        raise AlreadyRunningError(registry.retrain_lock)
    try:
        async with in_background(_keep(lock)):
            yield
    finally:
        await lock.release()


async def is_retraining(database: Database, registry: Registry) -> bool:
    """Return whether a retraining is running, here or on another machine.

    Raises:
        StorageError: the database cannot be used.
    """
    if is_locked(registry.retrain_lock):
        return True
    return await database.lock(RETRAINING_LOCK).is_held()


async def _keep(lock: AdvisoryLock) -> NoReturn:
    """Take the lock again if it is lost, for example when the server is restarted."""
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        try:
            if not await lock.try_acquire():
                logger.error("Another retraining has begun on another machine")
        except StorageError as error:
            logger.warning("The database server does not answer: %s", error)
