"""Crash recovery: what became of a run whose process was killed, or whose machine lost power.

The registry is intact whatever happens, since it is only changed in single steps. What is left is
the run's row in the database, which still says "running", and drafts of files.
"""

import logging
import time

from sqlalchemy import select

from bot.i18n import StoredMessage
from bot.replies.retraining_errors import (
    killed_before_promoted,
    killed_before_result,
    killed_before_stored,
)
from bot.retraining.retraining_lock import only_retraining
from bot.storage.database import Database
from bot.storage.runs import Run, State, as_run, close, newest
from bot.storage.schema import runs
from bot.storage.shared_registry import SharedRegistry
from model.errors import AlreadyRunningError, UnknownVersionError
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry

logger = logging.getLogger(__name__)


async def recover_interrupted_runs(database: Database, registry: Registry) -> list[Run]:
    """Store the end of interrupted runs and remove what they left behind.

    Returns:
        The runs that were closed; none while a retraining is running.

    Raises:
        StorageError: the database cannot be used.
        OSError: the lock's file cannot be made.
    """
    try:
        with acquire_lock(registry.retrain_lock):
            _clean_up(registry)
            # Usually there is none; then a retraining that begins elsewhere is not refused.
            if await newest(database, State.RUNNING) is None:
                return []
            async with only_retraining(database, registry):
                return await recover_runs(database, registry)
    except AlreadyRunningError:
        return []


async def recover_runs(database: Database, registry: Registry) -> list[Run]:
    """Like `recover_interrupted_runs`, but the caller keeps other retrainings away.

    Raises:
        StorageError: the database cannot be used.
    """
    _clean_up(registry)
    # Usually there is none; then the database's write lock is not needed, so nobody waits for it.
    if await newest(database, State.RUNNING) is None:
        return []
    await SharedRegistry(database, registry).follow()  # the result may be from another machine
    unfinished = select(runs).where(runs.c.state == State.RUNNING)
    async with database.writing() as connection:
        ids = []
        for row in (await connection.execute(unfinished)).all():
            state, reasons = _how_it_ended(as_run(row), registry)
            await close(connection, row.id, state, round(time.time()), reasons)
            ids.append(row.id)
        ended = await connection.execute(select(runs).where(runs.c.id.in_(ids)))
        closed = [as_run(row) for row in ended.all()]
    for run in closed:
        why = " ".join(map(str, run.reasons))
        logger.warning("Retraining %d: %s (%s)", run.id, run.state, why)
    return closed


def _clean_up(registry: Registry) -> None:
    for path in registry.clean_up():
        logger.info("Removed %s, left behind by an interrupted retraining", path)


def _how_it_ended(run: Run, registry: Registry) -> tuple[State, tuple[StoredMessage, ...]]:
    """Return the state of an interrupted run, and its reasons; none if the stored ones stay."""
    if run.version is None:
        return State.INTERRUPTED, (killed_before_result(),)
    if any(version.name == run.version for version in registry.fallback_order()):
        return State.PROMOTED, ()
    try:
        registry.find(run.version)
    except UnknownVersionError:
        return State.INTERRUPTED, (killed_before_stored(),)
    if run.figures and run.figures["decision"] == "keep":
        return State.KEPT, ()
    return State.INTERRUPTED, (killed_before_promoted(),)
