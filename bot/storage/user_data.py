"""The data about one user: counting it, handing it out, erasing it."""

from dataclasses import dataclass

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.answers import WITHDRAWN
from bot.storage.database import Database
from bot.storage.schema import (
    answer_photos,
    answers,
    corrections,
    daily_counts,
    faces,
    photos,
    processed_taps,
    reviews,
    run_lessons,
    runs,
    users,
)

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class UserCounts:
    """A user's photos and corrections in numbers, and how often the bot was right."""

    photos: int
    faces: int  # found in the photos
    kept: int  # faces whose crop is stored
    corrections: int  # by this user, including those taken back
    labelled: int  # faces and whole pictures that have a label
    sure: int  # labelled ones whose verdict was not "unsure"
    right: int  # labelled ones whose verdict equals the label


@dataclass(frozen=True, slots=True)
class UserData:
    """All data about a user, by the names that it has in /mydata."""

    first_seen_at: int | None
    set_aside_at: int | None
    restored_at: int | None
    answers: list[Row]
    photos: list[Row]
    answer_photos: list[Row]  # which photo belongs to which answer, and its position in the album
    faces: list[Row]  # with the crop, a PNG, or None
    corrections: list[Row]
    taps: list[Row]  # ids of recent callback queries
    reviews: list[Row]  # of this user's corrections, and by this user
    daily_counts: list[Row]
    retrainings: list[Row]  # started by this user, and this user's changes of the active version
    lessons: list[Row]  # which run used which of this user's corrections


async def is_known(database: Database, user_id: int) -> bool:
    """Return whether any data about a user is stored.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        found = await connection.execute(select(users.c.id).where(users.c.id == user_id))
        return found.first() is not None


async def count(database: Database, user_id: int) -> UserCounts:
    """Count a user's photos and corrections.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _count(connection, user_id)


async def load(database: Database, user_id: int) -> UserData:
    """Read all data about a user. The ids of other users are left out.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        found = await connection.execute(select(users).where(users.c.id == user_id))
        user = found.one_or_none()
        tables = [
            [dict(row) for row in (await connection.execute(query)).mappings()]
            for query in _queries(user_id)
        ]
    times = (user.first_seen_at, user.set_aside_at, user.restored_at) if user else (None,) * 3
    data = UserData(*times, *tables)
    for row in [*data.corrections, *data.reviews]:
        row["by_you"] = row.pop("user_id") == user_id
    for row in data.corrections:
        digest = row["crop_digest"]
        row["crop_digest"] = digest.hex() if isinstance(digest, bytes) else None
    return data


async def erase(database: Database, user_id: int) -> UserCounts | None:
    """Erase all data about a user. Afterwards, `Database.scrub` removes its traces.

    Requests of the user that came in earlier will not be stored either.

    Returns:
        What was erased; None if there was nothing.

    Raises:
        StorageError: nothing was erased.
    """
    async with database.writing() as connection:
        database.erasures.add(user_id)
        counts = await _count(connection, user_id)
        # The foreign keys make the database delete the rows of the other tables.
        erased = await connection.execute(delete(users).where(users.c.id == user_id))
        if not erased.rowcount:
            return None
        await database.mark_for_scrub(connection)
    return counts


def _queries(user_id: int) -> list["Select[tuple[object, ...]]"]:
    """Return the queries for the tables in `UserData`, in order."""
    is_own_photo = photos.c.user_id == user_id
    is_own_correction = corrections.c.user_id == user_id
    return [
        select(answers).where(answers.c.user_id == user_id).order_by(answers.c.id),
        select(photos).where(is_own_photo).order_by(photos.c.id),
        select(answer_photos)
        .join(photos)
        .where(is_own_photo)
        .order_by(answer_photos.c.answer_id, answer_photos.c.position),
        select(faces).join(photos).where(is_own_photo).order_by(faces.c.id),
        select(corrections)
        .select_from(corrections.join(faces).join(photos))
        .where(or_(is_own_correction, is_own_photo))
        .order_by(corrections.c.id),
        select(processed_taps).where(processed_taps.c.user_id == user_id),
        select(reviews)
        .join(corrections)
        .where(or_(is_own_correction, reviews.c.user_id == user_id))
        .order_by(reviews.c.correction_id),
        select(daily_counts).where(daily_counts.c.user_id == user_id),
        select(runs.c.id, runs.c.started_at, runs.c.mode, runs.c.state, runs.c.version)
        .where(runs.c.started_by == user_id)
        .order_by(runs.c.id),
        select(run_lessons).join(corrections).where(is_own_correction),
    ]


async def _count(connection: AsyncConnection, user_id: int) -> UserCounts:
    sent = (
        select(
            # A photo that two model versions judged is one, and so are its faces.
            func.count(func.distinct(photos.c.file_unique_id)),
            func.count(faces.c.id).filter(
                photos.c.whole_picture.is_(False), faces.c.same_as.is_(None)
            ),
            func.count(faces.c.crop),
        )
        .select_from(photos.join(faces))
        .where(photos.c.user_id == user_id)
    )
    tapped = select(func.count()).where(corrections.c.user_id == user_id)
    return UserCounts(
        *(await connection.execute(sent)).one(),
        *(await connection.execute(tapped)).one(),
        *(await connection.execute(_labelled(user_id))).one(),
    )


def _labelled(user_id: int) -> "Select[int, int, int]":
    """Return the query that counts a user's labelled faces, those judged surely, and rightly."""
    newer = corrections.alias()
    newest = select(func.max(newer.c.id)).where(newer.c.face_id == corrections.c.face_id)
    sure = corrections.c.verdict != "unsure"
    right = and_(sure, corrections.c.verdict == corrections.c.said)
    return (
        select(func.count(), func.count().filter(sure), func.count().filter(right))
        .select_from(photos.join(faces).join(corrections))
        .where(photos.c.user_id == user_id, corrections.c.id == newest.scalar_subquery())
        .where(corrections.c.said != WITHDRAWN)
    )
