"""Decides which corrections count. Retraining learns from those; the others await a review.

A vote is what a user says about a face: the face's newest correction, unless it was withdrawn. If
a user labels equal pictures, only the newest of those labels is a vote. A vote counts

- if the user is trusted;
- or if an admin accepted it in a review;
- or if another user gives an equal picture the same label, more than half of the votes on that
  picture agree, no admin rejected the label, and, if a trusted or accepted vote contradicts,
  another such vote agrees.

A rejected vote never counts, and neither does a vote of a user who was set aside and is not
trusted. Pictures are equal if the crops of the face are, byte for byte; this is so if a photo is
forwarded.
"""

import asyncio
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Function, and_, case, func, or_, select

from bot.storage.database import Database
from bot.storage.labels import WITHDRAWN, Label
from bot.storage.schema import corrections, reviews, users

MIN_AGREEING = 2  # users
_COLUMNS = ("id", "face_id", "user_id", "said", "said_at", "crop_digest")
_BATCH_SIZE = 500


class Decision(StrEnum):
    """An admin's decision about a correction."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class AcceptedLabel(NamedTuple):
    """A vote that counts."""

    face_id: int
    label: Label  # happy or sad
    user_id: int
    correction_id: int
    crop_digest: bytes  # SHA-256 of the crop; the same for equal pictures
    accepted_at: int  # since when it counts, seconds since 1970


async def load(database: Database, trusted_ids: Collection[int]) -> list[AcceptedLabel]:
    """Read all votes that count and name a mood. `crops.stream` reads the pictures.

    Args:
        database: where to read.
        trusted_ids: users whose votes count at once, including the admins.

    Returns:
        The votes, oldest correction first; several users may vote on equal pictures.

    Raises:
        StorageError: the database cannot be read.
    """
    vote = votes(trusted_ids)
    since = case(
        (vote.c.trusted == 1, vote.c.said_at),
        (vote.c.sure == 1, vote.c.reviewed_at),
        else_=vote.c.agreed_at,
    )
    query = (
        select(
            vote.c.face_id,
            vote.c.said,
            vote.c.user_id,
            vote.c.id.label("correction_id"),
            vote.c.crop_digest,
            since.label("since"),
        )
        .where(vote.c.said.in_([Label.HAPPY, Label.SAD]), counts(vote))
        .order_by(vote.c.id)
    )
    async with database.reading() as connection:
        rows = (await connection.execute(query)).all()
    return await asyncio.to_thread(_from_rows, rows)


def _from_rows(rows: Sequence[Any]) -> list[AcceptedLabel]:
    return [AcceptedLabel(face_id, Label(said), *rest) for face_id, said, *rest in rows]


async def find_erased(database: Database, correction_ids: Sequence[int]) -> set[int]:
    """Return which of these corrections no longer exist.

    Raises:
        StorageError: the database cannot be read.
    """
    erased = set(correction_ids)
    async with database.reading() as connection:
        for start in range(0, len(correction_ids), _BATCH_SIZE):
            batch = correction_ids[start : start + _BATCH_SIZE]
            query = select(corrections.c.id).where(corrections.c.id.in_(batch))
            erased -= set((await connection.execute(query)).scalars())
    return erased


def votes(trusted_ids: Collection[int]) -> CTE:
    """Return the query for all votes except those that are rejected or of users set aside.

    Args:
        trusted_ids: users whose votes count at once, including the admins.

    Returns:
        The columns of `corrections` in `_COLUMNS`; `decision` and `reviewed_at` of the review;
        `trusted`, 1 for a vote of a trusted user; `sure`, 1 for a vote that counts without
        agreement; `agreed_at`, the time of the second agreeing vote if it counts by agreement,
        else NULL.
    """
    vote = _with_agreement(_with_weights(_candidates(trusted_ids)))
    agreed = and_(
        vote.c.agreeing >= MIN_AGREEING,
        2 * vote.c.agreeing > vote.c.total,
        vote.c.sure_agreeing == vote.c.sure_total,
        vote.c.label_rejected == 0,
    )
    agreed_at = case((agreed, vote.c.decisive_at)).label("agreed_at")
    return select(vote, agreed_at).where(vote.c.valid == 1).cte("votes")


def counts(vote: CTE) -> ColumnElement[bool]:
    """Return the condition that a row of `votes` counts."""
    return or_(vote.c.sure == 1, vote.c.agreed_at.is_not(None))


def _candidates(trusted_ids: Collection[int]) -> CTE:
    """Select the newest correction of each face, and all rejected ones.

    `recency` numbers the corrections of one user on equal pictures, the newest one is 1.
    """
    newest = select(func.max(corrections.c.id)).group_by(corrections.c.face_id)
    is_trusted = corrections.c.user_id.in_(trusted_ids)
    is_rejected = func.coalesce(reviews.c.decision, "") == Decision.REJECTED
    is_its_review = reviews.c.correction_id == corrections.c.id
    recency = func.row_number().over(
        partition_by=(corrections.c.crop_digest, corrections.c.user_id),
        order_by=corrections.c.id.desc(),
    )
    return (
        select(
            # Only what is needed: the rows are sorted several times.
            *(corrections.c[name] for name in _COLUMNS),
            reviews.c.decision,
            reviews.c.reviewed_at,
            _flag(is_trusted).label("trusted"),
            _flag(is_rejected).label("rejected"),
            _flag(or_(is_trusted, users.c.set_aside_at.is_(None))).label("eligible"),
            recency.label("recency"),
        )
        .select_from(corrections.join(users).outerjoin(reviews, is_its_review))
        .where(or_(corrections.c.id.in_(newest), is_rejected))
        .where(corrections.c.said != WITHDRAWN, corrections.c.crop_digest.is_not(None))
        .cte("candidates")
    )


def _with_weights(candidate: CTE) -> CTE:
    """Add `valid`, 1 for a vote, and `sure`, 1 for a vote that counts without agreement.

    A separate query, because SQLite compares the window orders in `_with_agreement` by text:
    expressions with bound values would differ, and each would be sorted again.
    """
    is_valid = and_(candidate.c.recency == 1, candidate.c.eligible == 1, candidate.c.rejected == 0)
    is_sure = or_(candidate.c.trusted == 1, candidate.c.decision == Decision.ACCEPTED)
    return select(
        candidate,
        _flag(is_valid).label("valid"),
        _flag(and_(is_valid, is_sure)).label("sure"),
    ).cte("weighted")


def _with_agreement(vote: CTE) -> CTE:
    """Add how many votes on an equal picture there are, and how many give the same label.

    `decisive_at` is the time of the vote with which enough users agreed.
    """

    def over_same_label(function: Function[Any]) -> ColumnElement[Any]:
        # The same order and frame for all, so that the database sorts only once.
        same_label = (vote.c.crop_digest, vote.c.said)
        order = (vote.c.valid.desc(), vote.c.id)
        return function.over(partition_by=same_label, order_by=order, rows=(None, None))

    return select(
        vote,
        over_same_label(func.sum(vote.c.valid)).label("agreeing"),
        over_same_label(func.max(vote.c.sure)).label("sure_agreeing"),
        over_same_label(func.max(vote.c.rejected)).label("label_rejected"),
        over_same_label(func.nth_value(vote.c.said_at, MIN_AGREEING)).label("decisive_at"),
        func.sum(vote.c.valid).over(partition_by=vote.c.crop_digest).label("total"),
        func.max(vote.c.sure).over(partition_by=vote.c.crop_digest).label("sure_total"),
    ).cte("agreement")


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
