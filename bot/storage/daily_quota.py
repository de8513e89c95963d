"""How much one person may ask for on a day (UTC); counted in the database, so over restarts."""

import time
from dataclasses import dataclass, field

from sqlalchemy import Column, delete, select
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.storage.database import Database
from bot.storage.processed_callbacks import know_user
from bot.storage.schema import daily_counts, photos

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture that somebody wants to be judged."""

    by_user_id: int  # who need not be its sender
    sender_id: int | None  # of the picture; None if nobody's name is on it
    file_unique_id: str
    now: int  # seconds since 1970
    came_in: float = field(default_factory=time.monotonic)


async def take_photo(database: Database, asked: Asked, most: int) -> None:
    """Count a picture; one that is known from before counts nothing.

    Nothing is counted, either, if who wants it was erased since it came in.

    Args:
        database: where to.
        asked: what for.
        most: how many are allowed on one day.

    Raises:
        PhotoLimitError: it would be one too many.
        StorageError: it was not counted.
    """
    known = select(photos.c.id).where(
        photos.c.user_id == asked.sender_id, photos.c.file_unique_id == asked.file_unique_id
    )
    async with database.writing() as connection:
        if (await connection.execute(known.limit(1))).first():
            return
        if database.erasures.since(asked.by_user_id, asked.came_in):
            return
        await know_user(connection, asked.by_user_id, asked.now)
        used = await _take(connection, asked.by_user_id, asked.now, daily_counts.c.photos)
        if used > most:
            raise PhotoLimitError(most, _left_of_day(asked.now))


async def take_correction(connection: AsyncConnection, user_id: int, now: int, most: int) -> None:
    """Count a correction, in the transaction that stores it.

    Raises:
        CorrectionLimitError: it would be one too many on this day.
    """
    used = await _take(connection, user_id, now, daily_counts.c.corrections)
    if used > most:
        raise CorrectionLimitError(most, _left_of_day(now))


async def forget_past_days(connection: AsyncConnection, now: int) -> None:
    """Erase the counts that no longer matter."""
    await connection.execute(delete(daily_counts).where(daily_counts.c.day < now // DAY_S))


async def _take(connection: AsyncConnection, user_id: int, now: int, kind: "Column[int]") -> int:
    """Count one more; returns how many that makes today. Undone if the transaction is."""
    first = {"user_id": user_id, "day": now // DAY_S, "photos": 0, "corrections": 0, kind.name: 1}
    counted = (
        insert_or(daily_counts)
        .values(first)
        .on_conflict_do_update(index_elements=["user_id", "day"], set_={kind.name: kind + 1})
        .returning(kind)
    )
    return int((await connection.execute(counted)).scalar_one())


def _left_of_day(now: int) -> int:
    return DAY_S - now % DAY_S
