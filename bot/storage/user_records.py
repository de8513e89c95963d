"""Everything that is stored about a user, read in batches."""

from collections.abc import AsyncGenerator, Sequence

from sqlalchemy import Select, or_, select

from bot.storage.database import Database
from bot.storage.menus import chat_scope
from bot.storage.schema import (
    answer_photos,
    answers,
    corrections,
    daily_counts,
    faces,
    inbox,
    menus,
    photos,
    processed_taps,
    retraining_messages,
    reviews,
    run_lessons,
    runs,
    users,
)
from bot.storage.user_data import is_waiting_from

BATCH_SIZE = 100

Row = dict[str, object]


async def stream(database: Database, user_id: int) -> AsyncGenerator[tuple[str, list[Row]], None]:
    """Read everything about a user as it is at one moment, except the crops.

    The ids of other users are left out. Instead of a crop, a face tells whether there is one.

    Yields:
        The name of a table and some of its rows. Each table comes at least once, if without rows.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        for table, query in _queries(user_id).items():
            yield table, []
            async with connection.stream(query) as result:
                async for rows in result.mappings().partitions(BATCH_SIZE):
                    yield table, [dict(row) for row in rows]


async def stream_crops(
    database: Database, user_id: int, face_ids: Sequence[int]
) -> AsyncGenerator[list[tuple[int, bytes]], None]:
    """Read the crops of a user's faces.

    Yields:
        Some face ids with their PNGs, in the given order. Crops that were erased meanwhile are left
        out, also if somebody else's face has got the id since.

    Raises:
        StorageError: the database cannot be read.
    """
    own = select(faces.c.id, faces.c.crop).join(photos).where(photos.c.user_id == user_id)
    kept = own.where(faces.c.crop.is_not(None)).order_by(faces.c.id)
    for start in range(0, len(face_ids), BATCH_SIZE):
        batch = face_ids[start : start + BATCH_SIZE]
        async with database.reading() as connection:
            rows = (await connection.execute(kept.where(faces.c.id.in_(batch)))).all()
        yield [(row.id, row.crop) for row in rows]


def _queries(user_id: int) -> "dict[str, Select[tuple[object, ...]]]":
    """Return the query for each table, by the name that it has in /mydata."""
    is_own_photo = photos.c.user_id == user_id
    is_own_correction = corrections.c.user_id == user_id
    return {
        "users": select(users).where(users.c.id == user_id),
        "answers": select(answers).where(answers.c.user_id == user_id).order_by(answers.c.id),
        "photos": select(photos).where(is_own_photo).order_by(photos.c.id),
        # Which photo belongs to which answer, and its position in the album.
        "answer_photos": select(answer_photos)
        .join(photos)
        .where(is_own_photo)
        .order_by(answer_photos.c.answer_id, answer_photos.c.position),
        "faces": select(
            *(column for column in faces.c if column is not faces.c.crop),
            faces.c.crop.is_not(None).label("crop"),
        )
        .join(photos)
        .where(is_own_photo)
        .order_by(faces.c.id),
        "corrections": select(
            *(column for column in corrections.c if column is not corrections.c.user_id),
            is_own_correction.label("by_you"),
        )
        .select_from(corrections.join(faces).join(photos))
        .where(or_(is_own_correction, is_own_photo))
        .order_by(corrections.c.id),
        # Ids of recent callback queries.
        "taps": select(processed_taps).where(processed_taps.c.user_id == user_id),
        # Of this user's corrections, and by this user.
        "reviews": select(
            *(column for column in reviews.c if column is not reviews.c.user_id),
            reviews.c.user_id.is_not_distinct_from(user_id).label("by_you"),
        )
        .join(corrections)
        .where(or_(is_own_correction, reviews.c.user_id == user_id))
        .order_by(reviews.c.correction_id),
        "daily_counts": select(daily_counts).where(daily_counts.c.user_id == user_id),
        # Started by this user, and this user's changes of the active version.
        "retrainings": select(
            runs.c.id, runs.c.started_at, runs.c.mode, runs.c.state, runs.c.version
        )
        .where(runs.c.started_by == user_id)
        .order_by(runs.c.id),
        # Which run used which of this user's corrections.
        "lessons": select(run_lessons).join(corrections).where(is_own_correction),
        # Messages and taps that wait.
        "waiting": select(inbox.c.received_at, inbox.c.content)
        .where(is_waiting_from(user_id))
        .order_by(inbox.c.id),
        # The message that shows an admin the progress of a retraining.
        "retraining_messages": select(
            retraining_messages.c.message_id, retraining_messages.c.language
        ).where(retraining_messages.c.chat_id == user_id),
        # The menu of an admin.
        "menus": select(menus).where(menus.c.scope == chat_scope(user_id)),
    }
