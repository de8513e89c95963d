"""What became of a retraining whose process is gone: killed, or without power.

The registry is whole whatever happens, since it is only changed in single steps. What is left is
the run's row in the database, which still says "running", and drafts of files.
"""

import logging
import time

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.runs import Run, State, as_run, close, newest
from bot.storage.schema import runs
from model.errors import AlreadyRunningError, UnknownVersionError
from model.messages import N_, Reason
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry

logger = logging.getLogger(__name__)


async def recover_interrupted_runs(database: Database, registry: Registry) -> list[Run]:
    """Tidy up after retrainings that were interrupted, and note what became of them.

    Args:
        database: that their rows are in.
        registry: that they were to add to.

    Returns:
        The runs as they ended; none while a retraining is still running.

    Raises:
        StorageError: the database cannot be used.
        OSError: the lock's file cannot be made.
    """
    try:
        with acquire_lock(registry.retrain_lock):
            return await recover_runs(database, registry)
    except AlreadyRunningError:
        return []


async def recover_runs(database: Database, registry: Registry) -> list[Run]:
    """What `recover_interrupted_runs` does, for who holds the lock of the registry already.

    Raises:
        StorageError: the database cannot be used.
    """
    for path in registry.clean_up():
        logger.info("Removed %s, left of an interrupted retraining", path)
    # As a rule there is none, and the lock must not be held while others write.
    if await newest(database, State.RUNNING) is None:
        return []
    unfinished = select(runs).where(runs.c.state == State.RUNNING)
    async with database.writing() as connection:
        ids = []
        for row in (await connection.execute(unfinished)).all():
            state, reasons = _how_far(as_run(row), registry)
            await close(connection, row.id, state, round(time.time()), reasons)
            ids.append(row.id)
        ended = await connection.execute(select(runs).where(runs.c.id.in_(ids)))
        settled = [as_run(row) for row in ended.all()]
    for run in settled:
        why = " ".join(map(str, run.reasons))
        logger.warning("Retraining %d: %s (%s)", run.id, run.state, why)
    return settled


def _how_far(run: Run, registry: Registry) -> tuple[State, tuple[Reason, ...]]:
    """What to note about a run: a state, and a reason unless those that it has stand."""
    if run.version is None:
        text = N_("It was killed, or the power went, before it came to a result.")
        return State.INTERRUPTED, (Reason(text),)
    if any(version.name == run.version for version in registry.fallback_order()):
        return State.PROMOTED, ()
    try:
        registry.find(run.version)
    except UnknownVersionError:
        text = N_(
            "It was killed, the power went, or the disk was full, before its result was stored."
        )
        return State.INTERRUPTED, (Reason(text),)
    if run.figures and run.figures["decision"] == "keep":
        return State.KEPT, ()
    text = N_(
        "It was killed, or the power went, before its version was put into service, although it "
        "had passed; that can be done by hand."
    )
    return State.INTERRUPTED, (Reason(text),)
