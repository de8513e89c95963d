"""How much one person may ask for on a day (UTC); counted in the database, so over restarts."""

import time
from dataclasses import dataclass, field

from sqlalchemy import Column, delete, select
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.storage.database import Database
from bot.storage.schema import daily_counts, photos, processed_taps, users

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class PhotoRequest:
    """A picture that somebody wants to be judged."""

    by_user_id: int  # who need not be its sender
    sender_id: int | None  # of the picture; None if nobody's name is on it
    file_unique_id: str
    now: int  # seconds since 1970
    received_at: float = field(default_factory=time.monotonic)


async def ensure_user(connection: AsyncConnection, user_id: int, now: int) -> None:
    """Make sure that there is a row for a user; an admin may never have sent a photo."""
    new = insert_or(users).values(id=user_id, first_seen_at=now)
    await connection.execute(new.on_conflict_do_nothing())


async def is_new_callback(connection: AsyncConnection, tap_id: str, user_id: int, now: int) -> bool:
    """Say whether a tap has not been dealt with before, and remember it.

    Args:
        connection: in a writing transaction.
        tap_id: the callback query's id, which stays the same when it is delivered again.
        user_id: who tapped; `ensure_user` has been called.
        now: seconds since 1970.
    """
    done = insert_or(processed_taps).values(id=tap_id, user_id=user_id, processed_at=now)
    return (await connection.execute(done.on_conflict_do_nothing())).rowcount == 1


async def claim_callback(database: Database, tap_id: str, user_id: int, now: int) -> bool:
    """Say whether a tap has not been dealt with before, and remember it, in one transaction.

    Args:
        database: where it is remembered.
        tap_id: the callback query's id.
        user_id: who tapped.
        now: seconds since 1970.

    Raises:
        StorageError: the database cannot be used.
    """
    async with database.writing() as connection:
        await ensure_user(connection, user_id, now)
        return await is_new_callback(connection, tap_id, user_id, now)


async def count_photo(database: Database, asked: PhotoRequest, most: int) -> None:
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
        if database.erasures.since(asked.by_user_id, asked.received_at):
            return
        await ensure_user(connection, asked.by_user_id, asked.now)
        used = await _take(connection, asked.by_user_id, asked.now, daily_counts.c.photos)
        if used > most:
            raise PhotoLimitError(most, _left_of_day(asked.now))


async def count_correction(connection: AsyncConnection, user_id: int, now: int, most: int) -> None:
    """Count a correction, in the transaction that stores it.

    Raises:
        CorrectionLimitError: it would be one too many on this day.
    """
    used = await _take(connection, user_id, now, daily_counts.c.corrections)
    if used > most:
        raise CorrectionLimitError(most, _left_of_day(now))


async def delete_past_days(connection: AsyncConnection, now: int) -> None:
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
