"""Which retrainings the admins have not been told the end of, be it as the bot was away."""

from sqlalchemy import select, update

from bot.storage.database import Database
from bot.storage.runs import BY_HAND, Run, State, as_run
from bot.storage.schema import runs


async def unnotified_runs(database: Database) -> list[Run]:
    """The retrainings that are over and that nobody was told about, oldest first.

    Raises:
        StorageError: the database cannot be read.
    """
    over = runs.c.state != State.RUNNING
    query = select(runs).where(over, runs.c.mode != BY_HAND, runs.c.told.is_(False))
    async with database.reading() as connection:
        return [as_run(row) for row in (await connection.execute(query.order_by(runs.c.id))).all()]


async def mark_notified(database: Database, run: int) -> None:
    """Note that it was told how a retraining ended.

    Args:
        database: where to.
        run: its id.

    Raises:
        StorageError: it was not noted.
    """
    async with database.writing() as connection:
        await connection.execute(update(runs).where(runs.c.id == run).values(told=True))
