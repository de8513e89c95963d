"""How the bot is doing: photos by day, and its verdicts against what people say of them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.accepted_labels import Decision
from bot.storage.answers import Label
from bot.storage.database import Database
from bot.storage.schema import corrections, photos, reviews, users

DAY_S = 24 * 3600
BINS = 10  # of the confidence, which goes from 0.5 to 1


@dataclass(frozen=True, slots=True)
class CheckedVerdicts:
    """Verdicts on faces of which people say that they are happy or sad, counted by what they share.

    A picture without a face that was judged as a whole counts as a face here. What was rejected in
    a review, or is said by a user who was set aside, is not heard.
    """

    day: int  # on which people said so, in days since 1970, UTC
    version: str  # of the model
    sure: bool  # whether the bot was
    bin: int  # of the confidence, from 0
    confidence: float  # the sum over them, of 0.5 to 1 each
    count: int
    right: int  # of them, where the likelier mood is what people say


@dataclass(frozen=True, slots=True)
class Overview:
    """All users' photos and corrections as they are stored now; what was erased is not counted.

    A photo that a user sends again is the same photo, whichever version of the model judges it. It
    counts on the day on which it was sent first.
    """

    users: int  # who sent photos
    photos: int
    corrections: int  # taps, those taken back included
    labels: dict[Label, int]  # faces by what people say of them
    photos_by_day: dict[int, int]  # by day since 1970, UTC; days without a photo are left out
    checked: tuple[CheckedVerdicts, ...]  # the oldest day first


async def load_overview(database: Database, since_day: int) -> Overview:
    """Count everything there is.

    Args:
        database: to count in.
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
    # Read from an index alone, and in its order.
    different = select(photos.c.user_id, photos.c.file_unique_id).distinct().subquery()
    return select(func.count()).select_from(different)


async def _labels(connection: AsyncConnection) -> dict[Label, int]:
    word = corrections.c.said
    counted = select(word, func.count()).where(_is_newest()).group_by(word)
    found: dict[str, int] = dict((await connection.execute(counted)).all())
    return {label: found[label] for label in Label if label in found}


async def _photos_by_day(connection: AsyncConnection, since_day: int) -> dict[int, int]:
    day = photos.c.judged_at // DAY_S
    earlier = photos.alias()
    seen_before = exists().where(
        earlier.c.user_id == photos.c.user_id,
        earlier.c.file_unique_id == photos.c.file_unique_id,
        earlier.c.id < photos.c.id,
    )
    recent = photos.c.judged_at >= since_day * DAY_S
    counted = select(day, func.count()).where(recent, not_(seen_before)).group_by(day)
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
        (corrections.c.verdict != "unsure").label("sure"),
        # The highest confidence, 1, belongs to the last bin.
        case((confidence >= 1, BINS - 1), else_=cast((confidence - 0.5) * 2 * BINS, Integer)).label(
            "bin"
        ),
    )
    return (
        select(*shared, func.sum(confidence), func.count(), func.count().filter(right))
        .where(_is_newest(), _is_heard(), corrections.c.said.in_([Label.HAPPY, Label.SAD]))
        .group_by(*shared)
        .order_by("day")
    )


def _is_newest() -> ColumnElement[bool]:
    """Whether a correction is the newest of its face; read from an index alone."""
    return corrections.c.id.in_(select(func.max(corrections.c.id)).group_by(corrections.c.face_id))


def _is_heard() -> ColumnElement[bool]:
    """Whether a correction was not rejected, nor who made it set aside."""
    rejected = select(reviews.c.correction_id).where(reviews.c.decision == Decision.REJECTED)
    set_aside = select(users.c.id).where(users.c.set_aside_at.is_not(None))
    return and_(
        corrections.c.id.not_in(rejected),
        corrections.c.user_id.not_in(set_aside),
    )
