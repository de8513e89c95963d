"""What admins decide about corrections, one at a time, and what follows for who made them."""

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import and_, func, not_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.accepted_labels import Decision, counts, words
from bot.storage.answers import WITHDRAWN, Label
from bot.storage.database import Database
from bot.storage.schema import corrections, faces, reviews, users
from bot.storage.users import mark_processed
from model.network.verdict import Verdict, confidence_of

SET_ASIDE_FROM = 5  # reviewed corrections; fewer say little about a person


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """What admins decided about a user's corrections, since the user was last restored."""

    user_id: int
    accepted: int
    rejected: int

    @property
    def is_bad(self) -> bool:
        """Whether what this user says should count no longer."""
        reviewed = self.accepted + self.rejected
        return reviewed >= SET_ASIDE_FROM and 2 * self.rejected > reviewed


@dataclass(frozen=True, slots=True)
class PendingCorrection:
    """A correction that awaits its review, with the face it is about."""

    correction_id: int
    said: Label  # by the user
    crop: bytes  # PNG
    model_version: str
    verdict: Verdict  # of the model
    probability_happy: float
    author: ReviewRecord
    waiting: int  # corrections that await a review, this one among them

    @property
    def confidence(self) -> float:
        """Of the model, in the likelier mood, 0.5 to 1."""
        return confidence_of(self.probability_happy)


@dataclass(frozen=True, slots=True)
class Review:
    """An admin's tap under a correction."""

    tap_id: str  # the callback query's, which stays the same when it is delivered again
    admin_id: int
    correction_id: int
    decision: Decision
    now: int  # seconds since 1970


class ReviewOutcome(Enum):
    """What became of a ruling."""

    STORED = auto()
    REPEATED = auto()  # this tap has been dealt with before
    DECIDED = auto()  # an admin was faster, or the same one has tapped twice
    CHANGED = auto()  # the user says something else by now, or nothing
    ERASED = auto()  # the user had it erased


async def next_pending(database: Database, trusted: frozenset[int]) -> PendingCorrection | None:
    """The correction to review next: the oldest, and only then those skipped, in turn.

    Args:
        database: where from.
        trusted: ids of the users whose corrections need no review, the admins among them.

    Returns:
        None if nothing is left to review.

    Raises:
        StorageError: the database cannot be read.
    """
    word = words(trusted)
    skipped_at = func.coalesce(word.c.reviewed_at, 0)
    first = (
        select(word.c.id, func.count().over().label("waiting"))
        .where(not_(counts(word)))
        .order_by(skipped_at, word.c.id)
        .limit(1)
    )
    async with database.reading() as connection:
        found = (await connection.execute(first)).first()
        if found is None:
            return None
        about = (
            select(corrections, faces.c.crop)
            .select_from(corrections.join(faces))
            .where(corrections.c.id == found.id)
        )
        row = (await connection.execute(about)).one()
        return PendingCorrection(
            found.id,
            Label(row.said),
            row.crop,
            row.model_version,
            Verdict(row.verdict),
            row.probability_happy,
            await _record_of(connection, row.user_id),
            found.waiting,
        )


async def decide(database: Database, ruling: Review) -> tuple[ReviewOutcome, ReviewRecord | None]:
    """Store what an admin decides. The first decision stands, unless it was to skip.

    Returns:
        What became of it; and if the user was set aside because of it, their record.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if not await mark_processed(connection, ruling.tap_id, ruling.admin_id, ruling.now):
            return ReviewOutcome.REPEATED, None
        outcome = await _outlook(connection, ruling.correction_id)
        if outcome is not ReviewOutcome.STORED:
            return outcome, None
        await _store(connection, ruling)
        if ruling.decision is not Decision.REJECTED:
            return outcome, None
        return outcome, await _set_aside_if_bad(connection, ruling)


async def load_set_aside(database: Database) -> list[ReviewRecord]:
    """The users who are set aside, the latest first.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(users.c.id).where(users.c.set_aside_at.is_not(None))
    async with database.reading() as connection:
        found = await connection.execute(query.order_by(users.c.set_aside_at.desc(), users.c.id))
        return [await _record_of(connection, user_id) for user_id in found.scalars().all()]


async def restore(database: Database, tap_id: str, admin_id: int, user_id: int, now: int) -> bool:
    """Let what a user says count again, and hold no earlier review against them.

    Returns:
        False if the user was not set aside (any more).

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if not await mark_processed(connection, tap_id, admin_id, now):
            return False
        restored = await connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.set_aside_at.is_not(None))
            .values(set_aside_at=None, restored_at=now)
        )
        return restored.rowcount == 1


async def _outlook(connection: AsyncConnection, correction_id: int) -> ReviewOutcome:
    """What will become of a decision about a correction."""
    newer = corrections.alias()
    newest = select(func.max(newer.c.id)).where(newer.c.face_id == corrections.c.face_id)
    query = (
        select(
            corrections.c.id,
            corrections.c.said,
            reviews.c.decision,
            newest.scalar_subquery().label("newest"),
        )
        .select_from(corrections.outerjoin(reviews))
        .where(corrections.c.id == correction_id)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return ReviewOutcome.ERASED
    if row.decision not in (None, Decision.SKIPPED):
        return ReviewOutcome.DECIDED
    if row.newest != row.id or row.said == WITHDRAWN:
        return ReviewOutcome.CHANGED
    return ReviewOutcome.STORED


async def _store(connection: AsyncConnection, ruling: Review) -> None:
    reviewed_at = ruling.now
    if ruling.decision is Decision.SKIPPED:
        # Those skipped come up again in this order, so no two may be skipped at the same time.
        skipped = select(func.max(reviews.c.reviewed_at)).where(
            reviews.c.decision == Decision.SKIPPED
        )
        last = (await connection.execute(skipped)).scalar_one()
        reviewed_at = max(ruling.now, (last or 0) + 1)
    decided = {
        "user_id": ruling.admin_id,
        "decision": ruling.decision,
        "reviewed_at": reviewed_at,
    }
    new = insert_or(reviews).values(correction_id=ruling.correction_id, **decided)
    await connection.execute(
        new.on_conflict_do_update(index_elements=["correction_id"], set_=decided)
    )


async def _set_aside_if_bad(connection: AsyncConnection, ruling: Review) -> ReviewRecord | None:
    author = select(corrections.c.user_id).where(corrections.c.id == ruling.correction_id)
    record = await _record_of(connection, (await connection.execute(author)).scalar_one())
    if not record.is_bad:
        return None
    aside = await connection.execute(
        update(users)
        .where(users.c.id == record.user_id, users.c.set_aside_at.is_(None))
        .values(set_aside_at=ruling.now)
    )
    return record if aside.rowcount else None


async def _record_of(connection: AsyncConnection, user_id: int) -> ReviewRecord:
    accepted, rejected = (
        func.count().filter(reviews.c.decision == decision)
        for decision in (Decision.ACCEPTED, Decision.REJECTED)
    )
    lately = reviews.c.reviewed_at > func.coalesce(users.c.restored_at, 0)
    query = (
        select(accepted, rejected)
        .select_from(corrections.join(reviews).join(users, users.c.id == corrections.c.user_id))
        .where(and_(corrections.c.user_id == user_id, lately))
    )
    return ReviewRecord(user_id, *(await connection.execute(query)).one())
