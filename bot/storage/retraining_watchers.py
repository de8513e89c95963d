"""The heartbeats of the programs that carry out requests to retrain.

Job queues in databases tell in the same way which workers are alive, for example procrastinate with
its table of workers:
https://procrastinate.readthedocs.io/en/stable/howto/production/retry_stalled_jobs.html
"""

from sqlalchemy import delete, func, insert, select, update

from bot.storage.database import Database
from bot.storage.schema import retraining_watchers as watchers

# As in procrastinate, see `update_heartbeat_interval` and `stalled_worker_timeout` there.
HEARTBEAT_S = 10
SILENT_AFTER_S = 30  # a watcher without a heartbeat for so long counts as gone


async def beat(database: Database, watcher: str, now: int) -> None:
    """Store that a watcher is there, and forget those that are gone.

    Args:
        database: the database to write to.
        watcher: id of the watcher.
        now: seconds since 1970.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        seen = update(watchers).where(watchers.c.id == watcher).values(seen_at=now)
        if not (await connection.execute(seen)).rowcount:
            await connection.execute(insert(watchers).values(id=watcher, seen_at=now))
        gone = watchers.c.seen_at < now - SILENT_AFTER_S
        await connection.execute(delete(watchers).where(gone))


async def leave(database: Database, watcher: str) -> None:
    """Store that a watcher ends.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        await connection.execute(delete(watchers).where(watchers.c.id == watcher))


async def is_any_there(database: Database, now: int) -> bool:
    """Return whether a watcher is there.

    Args:
        database: the database to read.
        now: seconds since 1970.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        newest = (await connection.execute(select(func.max(watchers.c.seen_at)))).scalar()
    return newest is not None and newest >= now - SILENT_AFTER_S
