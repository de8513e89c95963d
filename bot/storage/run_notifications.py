"""Finished retraining runs whose admins have not been notified yet."""

from sqlalchemy import select, update

from bot.storage.database import Database
from bot.storage.runs import BY_HAND, Run, State, as_run
from bot.storage.schema import runs


async def unnotified_runs(database: Database) -> list[Run]:
    """Return the finished runs that nobody was notified of, oldest first.

    Raises:
        StorageError: the database cannot be read.
    """
    over = runs.c.state != State.RUNNING
    query = select(runs).where(over, runs.c.mode != BY_HAND, runs.c.told.is_(False))
    async with database.reading() as connection:
        return [as_run(row) for row in (await connection.execute(query.order_by(runs.c.id))).all()]


async def mark_notified(database: Database, run: int) -> None:
    """Mark a run as notified.

    Raises:
        StorageError: it was not marked.
    """
    async with database.writing() as connection:
        await connection.execute(update(runs).where(runs.c.id == run).values(told=True))
