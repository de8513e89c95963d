"""Admins' reviews of corrections, one at a time, and their consequences for the users."""

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import CTE, ColumnElement, and_, func, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.accepted_labels import Decision, counts, votes
from bot.storage.correction_keys import CorrectionKey, exists, key_of
from bot.storage.database import Database
from bot.storage.dialects import insert
from bot.storage.labels import WITHDRAWN, Label
from bot.storage.schema import corrections, faces, reviews, users
from bot.storage.users import mark_processed
from model.network.verdict import Verdict, confidence_of

MIN_REVIEWED = 5  # corrections of a user; fewer say little about a person


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """The reviews of a user's corrections since the user was last restored."""

    user_id: int
    accepted: int
    rejected: int

    @property
    def is_bad(self) -> bool:
        """Whether this user's votes should no longer count."""
        reviewed = self.accepted + self.rejected
        return reviewed >= MIN_REVIEWED and 2 * self.rejected > reviewed


@dataclass(frozen=True, slots=True)
class PendingCorrection:
    """A correction that awaits a review, with the face that it is about."""

    key: CorrectionKey
    label: Label  # that the user gave
    crop: bytes  # PNG
    model_version: str
    verdict: Verdict  # of the model
    probability_happy: float
    author: ReviewRecord
    waiting: int  # corrections that await a review, including this one

    @property
    def confidence(self) -> float:
        """The model's probability of the likelier mood, 0.5 to 1."""
        return confidence_of(self.probability_happy)


@dataclass(frozen=True, slots=True)
class Review:
    """An admin's tap on a button under a correction."""

    callback_id: str  # Telegram keeps it when it delivers a callback query again
    admin_id: int
    correction: CorrectionKey
    decision: Decision
    now: int  # seconds since 1970


class ReviewOutcome(Enum):
    """What became of a review."""

    STORED = auto()
    REPEATED = auto()  # this tap was processed before
    DECIDED = auto()  # the correction has a decision, by another admin or an earlier tap
    CHANGED = auto()  # the user has changed or withdrawn the label
    GONE = auto()  # it is not stored any more: the user had it erased, or the database was lost


async def count_pending(database: Database, trusted_ids: frozenset[int]) -> int:
    """Return how many corrections await a review.

    Raises:
        StorageError: the database cannot be read.
    """
    vote = votes(trusted_ids)
    query = select(func.count()).select_from(vote).where(_awaits_review(vote))
    async with database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())


async def next_pending(database: Database, trusted_ids: frozenset[int]) -> PendingCorrection | None:
    """Return the correction to review next: the oldest one, and skipped ones after all others.

    Args:
        database: where to read.
        trusted_ids: users whose corrections need no review, including the admins.

    Returns:
        None if nothing is left to review.

    Raises:
        StorageError: the database cannot be read.
    """
    vote = votes(trusted_ids)
    skipped_at = func.coalesce(vote.c.reviewed_at, 0)
    query = (
        select(vote.c.id, func.count().over().label("waiting"))
        .where(_awaits_review(vote))
        .order_by(skipped_at, vote.c.id)
        .limit(1)
    )
    async with database.reading() as connection:
        first = (await connection.execute(query)).first()
        if first is None:
            return None
        return await _load_pending(connection, first.id, first.waiting)


async def decide(database: Database, review: Review) -> tuple[ReviewOutcome, ReviewRecord | None]:
    """Store an admin's decision. The first decision stands, unless it was to skip.

    Returns:
        The outcome; and, if the user is set aside because of it, the user's record.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if not await connection.run_sync(
            mark_processed, review.callback_id, review.admin_id, review.now
        ):
            return ReviewOutcome.REPEATED, None
        outcome = await _check(connection, review.correction)
        if outcome is not ReviewOutcome.STORED:
            return outcome, None
        await _store(connection, review)
        if review.decision is not Decision.REJECTED:
            return outcome, None
        return outcome, await _set_aside_if_bad(connection, review)


async def load_set_aside(database: Database) -> list[ReviewRecord]:
    """Return the records of the users who are set aside, the latest first.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(users.c.id).where(users.c.set_aside_at.is_not(None))
    async with database.reading() as connection:
        found = await connection.execute(query.order_by(users.c.set_aside_at.desc(), users.c.id))
        return [await _load_record(connection, user_id) for user_id in found.scalars().all()]


async def restore(
    database: Database, callback_id: str, admin_id: int, user_id: int, now: int
) -> bool:
    """Let the votes of a user who was set aside count again, and ignore earlier reviews.

    Returns:
        False if the user is not set aside.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if not await connection.run_sync(mark_processed, callback_id, admin_id, now):
            return False
        restored = await connection.execute(
            update(users)
            .where(users.c.id == user_id, users.c.set_aside_at.is_not(None))
            .values(set_aside_at=None, restored_at=now)
        )
        return restored.rowcount == 1


def _awaits_review(vote: CTE) -> ColumnElement[bool]:
    """Return the condition for a vote that an admin is to decide about.

    Who agrees that a face looks neutral needs no decision: nothing is learned from it.
    """
    return and_(not_(counts(vote)), vote.c.said != Label.NEUTRAL)


async def _load_pending(
    connection: AsyncConnection, correction_id: int, waiting: int
) -> PendingCorrection:
    query = (
        select(corrections, faces.c.crop)
        .select_from(corrections.join(faces))
        .where(corrections.c.id == correction_id)
    )
    row = (await connection.execute(query)).one()
    return PendingCorrection(
        key_of(row),
        Label(row.said),
        row.crop,
        row.model_version,
        Verdict(row.verdict),
        row.probability_happy,
        await _load_record(connection, row.user_id),
        waiting,
    )


async def _check(connection: AsyncConnection, correction: CorrectionKey) -> ReviewOutcome:
    """Return the outcome of a review that would be stored now."""
    if not await exists(connection, correction):
        return ReviewOutcome.GONE
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
        .where(corrections.c.id == correction.id)
    )
    row = (await connection.execute(query)).one()
    if row.decision not in (None, Decision.SKIPPED):
        return ReviewOutcome.DECIDED
    if row.newest != row.id or row.said == WITHDRAWN:
        return ReviewOutcome.CHANGED
    return ReviewOutcome.STORED


async def _store(connection: AsyncConnection, review: Review) -> None:
    reviewed_at = review.now
    if review.decision is Decision.SKIPPED:
        # Skipped corrections come up again in this order, so all times have to differ.
        last = select(func.max(reviews.c.reviewed_at)).where(reviews.c.decision == Decision.SKIPPED)
        last_skipped_at = (await connection.execute(last)).scalar_one() or 0
        reviewed_at = max(review.now, last_skipped_at + 1)
    values = {
        "user_id": review.admin_id,
        "decision": review.decision,
        "reviewed_at": reviewed_at,
    }
    row = insert(connection, reviews).values(correction_id=review.correction.id, **values)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["correction_id"], set_=values)
    )


async def _set_aside_if_bad(connection: AsyncConnection, review: Review) -> ReviewRecord | None:
    author = select(corrections.c.user_id).where(corrections.c.id == review.correction.id)
    record = await _load_record(connection, (await connection.execute(author)).scalar_one())
    if not record.is_bad:
        return None
    aside = await connection.execute(
        update(users)
        .where(users.c.id == record.user_id, users.c.set_aside_at.is_(None))
        .values(set_aside_at=review.now)
    )
    return record if aside.rowcount else None


async def _load_record(connection: AsyncConnection, user_id: int) -> ReviewRecord:
    accepted, rejected = (
        func.count().filter(reviews.c.decision == decision)
        for decision in (Decision.ACCEPTED, Decision.REJECTED)
    )
    since_restored = reviews.c.reviewed_at > func.coalesce(users.c.restored_at, 0)
    query = (
        select(accepted, rejected)
        .select_from(corrections.join(reviews).join(users, users.c.id == corrections.c.user_id))
        .where(and_(corrections.c.user_id == user_id, since_restored))
    )
    return ReviewRecord(user_id, *(await connection.execute(query)).one())
