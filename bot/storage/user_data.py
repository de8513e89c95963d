"""What is held on one user: counted, handed out, erased."""

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
    """A user's photos, and how they were judged according to people."""

    photos: int
    faces: int  # found in them
    kept: int  # of those faces, whose crop is still kept
    corrections: int  # taps of this user, those taken back included
    labelled: int  # faces and whole pictures about which it stands what they are
    sure: int  # of the labelled, those about which the bot had been sure when they were labelled
    right: int  # of those, where it had been right


@dataclass(frozen=True, slots=True)
class UserData:
    """All that is held on a user."""

    first_seen_at: int | None
    set_aside_at: int | None
    restored_at: int | None
    answers: list[Row]
    photos: list[Row]
    answer_photos: list[Row]  # which photo is which answer's, and where in an album
    faces: list[Row]  # each with its crop, a PNG, or None
    corrections: list[Row]
    taps: list[Row]  # of late, to recognise repetitions
    reviews: list[Row]  # of this user's corrections, and those that this user made
    daily_counts: list[Row]
    retrainings: list[Row]  # that this user asked for, and what this user did with versions
    lessons: list[Row]  # which retraining learned which of this user's corrections


async def is_known(database: Database, user_id: int) -> bool:
    """Say whether anything is held on a user.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        found = await connection.execute(select(users.c.id).where(users.c.id == user_id))
        return found.first() is not None


async def count(database: Database, user_id: int) -> UserCounts:
    """Count what there is of a user.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _count(connection, user_id)


async def load(database: Database, user_id: int) -> UserData:
    """Everything that is held on a user, as it is stored.

    Raises:
        StorageError: the database cannot be read.
    """
    queries = (
        select(answers).where(answers.c.user_id == user_id).order_by(answers.c.id),
        select(photos).where(photos.c.user_id == user_id).order_by(photos.c.id),
        select(answer_photos)
        .join(photos)
        .where(photos.c.user_id == user_id)
        .order_by(answer_photos.c.answer_id, answer_photos.c.position),
        select(faces).join(photos).where(photos.c.user_id == user_id).order_by(faces.c.id),
        select(corrections)
        .select_from(corrections.join(faces).join(photos))
        .where(or_(corrections.c.user_id == user_id, photos.c.user_id == user_id))
        .order_by(corrections.c.id),
        select(processed_taps).where(processed_taps.c.user_id == user_id),
        select(reviews)
        .join(corrections)
        .where(or_(corrections.c.user_id == user_id, reviews.c.user_id == user_id))
        .order_by(reviews.c.correction_id),
        select(daily_counts).where(daily_counts.c.user_id == user_id),
        select(runs.c.id, runs.c.started_at, runs.c.mode, runs.c.state, runs.c.version)
        .where(runs.c.started_by == user_id)
        .order_by(runs.c.id),
        select(run_lessons).join(corrections).where(corrections.c.user_id == user_id),
    )
    async with database.reading() as connection:
        found_user = await connection.execute(select(users).where(users.c.id == user_id))
        user = found_user.one_or_none()
        found = [
            [dict(row) for row in (await connection.execute(query)).mappings()] for query in queries
        ]
    about = (user.first_seen_at, user.set_aside_at, user.restored_at) if user else (None,) * 3
    held = UserData(*about, *found)
    for one in [*held.corrections, *held.reviews]:
        # Who else labelled the face, or decided about a correction, is that person's data.
        one["by_you"] = one.pop("user_id") == user_id
    for one in held.corrections:
        digest = one["crop_digest"]
        one["crop_digest"] = digest.hex() if isinstance(digest, bytes) else None
    return held


async def erase(database: Database, user_id: int) -> UserCounts | None:
    """Erase a user with everything that hangs on them; `Database.scrub` then removes the traces.

    What came in from the user before is not stored after it, either.

    Returns:
        What there was; None if nothing was held on the user.

    Raises:
        StorageError: nothing was erased.
    """
    async with database.writing() as connection:
        database.erasures.add(user_id)
        counts = await _count(connection, user_id)
        # Foreign keys take the rest with it.
        erased = await connection.execute(delete(users).where(users.c.id == user_id))
        if not erased.rowcount:
            return None
        await database.mark_for_scrub(connection)
    return counts


async def _count(connection: AsyncConnection, user_id: int) -> UserCounts:
    theirs = select(
        # A photo that two versions of the model judged is one, and so are its faces.
        func.count(func.distinct(photos.c.file_unique_id)),
        func.count(faces.c.id).filter(photos.c.whole_picture.is_(False), faces.c.same_as.is_(None)),
        func.count(faces.c.crop),
    ).where(photos.c.user_id == user_id)
    taps = select(func.count()).where(corrections.c.user_id == user_id)
    found = await connection.execute(theirs.select_from(photos.join(faces)))
    sent, seen, kept = found.one()
    tapped = (await connection.execute(taps)).scalar_one()
    return UserCounts(
        sent, seen, kept, tapped, *(await connection.execute(_checked(user_id))).one()
    )


def _checked(user_id: int) -> "Select[int, int, int]":
    """Counts a user's labelled faces, and of the verdicts labelled those sure and those right."""
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
