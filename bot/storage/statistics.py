"""Figures for /stats: photos by day, and verdicts compared with labels."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.accepted_labels import Decision
from bot.storage.database import Database
from bot.storage.dialects import truncated
from bot.storage.labels import Label, is_about_sure_verdict
from bot.storage.schema import corrections, photos, reviews, users
from bot.storage.users import DAY_S

BINS = 10  # of the confidence, from 0.5 to 1


@dataclass(frozen=True, slots=True)
class CheckedVerdicts:
    """A group of verdicts on faces that are labelled happy or sad.

    A picture that was judged as a whole counts as a face here. Labels that were rejected in a
    review, and those of users who were set aside, are left out.
    """

    day: int  # of the labels, in days since 1970, UTC
    version: str  # of the model
    sure: bool  # the verdict is happy or sad
    bin: int  # of the confidence, from 0
    confidence: float  # sum of the confidences, 0.5 to 1 each
    count: int
    right: int  # verdicts whose likelier mood equals the label


@dataclass(frozen=True, slots=True)
class Overview:
    """The stored photos and corrections of all users, in numbers.

    A photo that a user sends again is counted once, on the day it was sent first, even if several
    model versions judged it.
    """

    users: int  # who sent photos
    photos: int
    corrections: int  # including those taken back
    labels: dict[Label, int]  # number of faces
    photos_by_day: dict[int, int]  # by days since 1970, UTC; days without photos are left out
    checked: tuple[CheckedVerdicts, ...]  # oldest day first


async def load_overview(database: Database, since_day: int) -> Overview:
    """Count all photos and corrections.

    Args:
        database: where to read.
        since_day: first day of `photos_by_day`, in days since 1970, UTC.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return Overview(
            users=await _number(connection, _senders()),
            photos=await _number(connection, _different_photos()),
            corrections=await _number(connection, select(func.count(corrections.c.id))),
            labels=await _labels(connection),
            photos_by_day=await _photos_by_day(connection, since_day),
            checked=await _checked(connection),
        )


async def _number(connection: AsyncConnection, query: "Select[int]") -> int:
    return (await connection.execute(query)).scalar_one()


def _senders() -> "Select[int]":
    return select(func.count(users.c.id)).where(exists().where(photos.c.user_id == users.c.id))


def _different_photos() -> "Select[int]":
    # This reads only an index, in its order.
    different = select(photos.c.user_id, photos.c.file_unique_id).distinct().subquery()
    return select(func.count()).select_from(different)


async def _labels(connection: AsyncConnection) -> dict[Label, int]:
    label = corrections.c.said
    counted = select(label, func.count()).where(_is_newest()).group_by(label)
    found: dict[str, int] = dict((await connection.execute(counted)).all())
    return {label: found[label] for label in Label if label in found}


async def _photos_by_day(connection: AsyncConnection, since_day: int) -> dict[int, int]:
    day = (photos.c.judged_at // DAY_S).label("day")
    earlier = photos.alias()
    seen_before = exists().where(
        earlier.c.user_id == photos.c.user_id,
        earlier.c.file_unique_id == photos.c.file_unique_id,
        earlier.c.id < photos.c.id,
    )
    recent = photos.c.judged_at >= since_day * DAY_S
    counted = select(day, func.count()).where(recent, not_(seen_before)).group_by("day")
    return dict((await connection.execute(counted)).all())


async def _checked(connection: AsyncConnection) -> tuple[CheckedVerdicts, ...]:
    rows = await connection.execute(_checked_query())
    return tuple(CheckedVerdicts(*row) for row in rows)


def _checked_query() -> "Select[int, str, bool, int, float, int, int]":
    probability = corrections.c.probability_happy
    confidence = case((probability >= 0.5, probability), else_=1 - probability)
    right = (probability >= 0.5) == (corrections.c.said == Label.HAPPY)
    shared = (
        (corrections.c.said_at // DAY_S).label("day"),
        corrections.c.model_version,
        is_about_sure_verdict().label("sure"),
        # The highest confidence, 1, belongs to the last bin.
        case((confidence >= 1, BINS - 1), else_=truncated((confidence - 0.5) * 2 * BINS)).label(
            "bin"
        ),
    )
    return (
        select(*shared, func.sum(confidence), func.count(), func.count().filter(right))
        .where(_is_newest(), _is_eligible(), corrections.c.said.in_([Label.HAPPY, Label.SAD]))
        .group_by("day", corrections.c.model_version, "sure", "bin")
        .order_by("day")
    )


def _is_newest() -> ColumnElement[bool]:
    """Return the condition for the newest correction of a face; it reads only an index."""
    return corrections.c.id.in_(select(func.max(corrections.c.id)).group_by(corrections.c.face_id))


def _is_eligible() -> ColumnElement[bool]:
    """Return the condition that neither the correction was rejected nor its user set aside."""
    rejected = select(reviews.c.correction_id).where(reviews.c.decision == Decision.REJECTED)
    set_aside = select(users.c.id).where(users.c.set_aside_at.is_not(None))
    return and_(
        corrections.c.id.not_in(rejected),
        corrections.c.user_id.not_in(set_aside),
    )
