"""Users' rows, what each of them used today, and which of their taps were processed.

Days are UTC. The counts are in the database, so they survive a restart.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, Select, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.storage.claims import Claim
from bot.storage.database import Database
from bot.storage.dialects import insert
from bot.storage.schema import (
    answer_photos,
    answers,
    daily_counts,
    inbox,
    photos,
    processed_taps,
    users,
)

DAY_S = 24 * 3600
MAX_REDELIVERY_S = 3 * DAY_S  # Telegram delivers an update again within a day; three, to be safe

_ANSWERED_BEFORE = (
    select(photos.c.id)
    .select_from(photos.join(answer_photos).join(answers))
    .where(
        photos.c.user_id == bindparam("sender"),
        photos.c.file_unique_id == bindparam("file"),
        answers.c.delivered,
    )
    .limit(1)
)
_PHOTOS_COUNTED = select(daily_counts.c.photos).where(
    daily_counts.c.user_id == bindparam("user"), daily_counts.c.day == bindparam("day")
)


@dataclass(frozen=True, slots=True)
class PhotoRequest:
    """A photo that a user wants an answer to."""

    user_id: int  # who asks, not necessarily the sender
    sender_id: int | None  # of the photo; None if Telegram does not name one
    file_unique_id: str
    now: int  # seconds since 1970
    received_at: float = field(default_factory=time.monotonic)


def ensure_user(connection: Connection, user_id: int, now: int) -> None:
    """Add a row for a user who has none, such as an admin who never sent a photo."""
    row = {"id": user_id, "first_seen_at": now}
    connection.execute(insert(connection, users).on_conflict_do_nothing(), row)


def mark_processed(connection: Connection, callback_id: str, user_id: int, now: int) -> bool:
    """Remember that a callback query is processed in this transaction.

    Args:
        connection: in a write transaction.
        callback_id: id of the callback query; Telegram keeps it when it delivers a query again.
        user_id: who tapped; gets a row if there is none.
        now: seconds since 1970.

    Returns:
        False if it was processed before.
    """
    ensure_user(connection, user_id, now)
    values = {"id": callback_id, "user_id": user_id, "processed_at": now}
    row = insert(connection, processed_taps).values(values)
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


async def claim_callback(database: Database, callback_id: str, user_id: int, now: int) -> bool:
    """Remember that a callback query is processed, in a transaction of its own.

    Returns:
        False if it was processed before.

    Raises:
        StorageError: the database cannot be used.
    """
    return await database.write(
        lambda connection: mark_processed(connection, callback_id, user_id, now)
    )


async def check_photo_quota(
    database: Database,
    request: PhotoRequest,
    in_hand: int,
    max_per_day: int,
    claim: Claim | None = None,
    decided: Collection[int] = (),
) -> bool:
    """Return whether a photo has to be counted towards the daily quota of the user who asks for it.

    A photo that its sender sent before, and that was answered, is free.

    Args:
        database: where the counts are.
        request: the photo.
        in_hand: photos of the same user that this process has admitted, but not counted yet.
        max_per_day: the quota.
        claim: the update that asks, as a replica has it in hand. What came in before counts as well
            then, to any of them.
        decided: ids of the rows for which this was asked before, here.

    Raises:
        PhotoLimitError: the quota is used up.
        StorageError: the database cannot be read.
    """
    photo = {"sender": request.sender_id, "file": request.file_unique_id}
    today = {"user": request.user_id, "day": request.now // DAY_S}

    def count(connection: Connection) -> int | None:
        if connection.execute(_ANSWERED_BEFORE, photo).first():
            return None
        used: int = connection.execute(_PHOTOS_COUNTED, today).scalar_one_or_none() or 0
        if claim is not None:
            earlier = _earlier_pictures(request.user_id, claim, decided)
            used += connection.execute(earlier).scalar_one()
        return used

    used = await database.read(count)
    if used is None:
        return False
    if used + in_hand >= max_per_day:
        raise PhotoLimitError(max_per_day, _seconds_left_today(request.now))
    return True


def _earlier_pictures(user_id: int, claim: Claim, decided: Collection[int]) -> "Select[int]":
    """Return the query that counts a user's pictures that came in before and are still pending.

    Of all that pass, the last one to come in has counted all others: those that were decided here
    are counted as in hand, all others are here. So no more pass than may.
    """
    return select(func.count()).where(
        inbox.c.state == "pending",
        inbox.c.user_id == user_id,
        inbox.c.id < min(claim.row_ids),
        inbox.c.id.not_in(decided),
        inbox.c.content.contains('"file_unique_id"'),  # each file has one
    )


def count_photo(connection: Connection, request: PhotoRequest) -> None:
    """Count a photo towards the daily quota of the user who asked for it."""
    ensure_user(connection, request.user_id, request.now)
    _add_one(connection, request.user_id, request.now, daily_counts.c.photos)


def count_correction(connection: Connection, user_id: int, now: int, max_per_day: int) -> None:
    """Count a correction, in the transaction that stores it.

    Raises:
        CorrectionLimitError: the quota is used up.
    """
    used = _add_one(connection, user_id, now, daily_counts.c.corrections)
    if used > max_per_day:
        raise CorrectionLimitError(max_per_day, _seconds_left_today(now))


async def delete_outdated(connection: AsyncConnection, now: int) -> None:
    """Delete the counts of past days, and the taps that cannot be delivered again."""
    await connection.execute(delete(daily_counts).where(daily_counts.c.day < now // DAY_S))
    outdated = processed_taps.c.processed_at < now - MAX_REDELIVERY_S
    await connection.execute(delete(processed_taps).where(outdated))


def _add_one(connection: Connection, user_id: int, now: int, kind: "Column[int]") -> int:
    """Count one more; returns today's count. Rolled back with the transaction."""
    first = {"user_id": user_id, "day": now // DAY_S, "photos": 0, "corrections": 0, kind.name: 1}
    counted = (
        insert(connection, daily_counts)
        .values(first)
        .on_conflict_do_update(index_elements=["user_id", "day"], set_={kind.name: kind + 1})
        .returning(kind)
    )
    return int(connection.execute(counted).scalar_one())


def _seconds_left_today(now: int) -> int:
    return DAY_S - now % DAY_S
