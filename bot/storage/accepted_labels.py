"""Which corrections count: those that retraining may learn from, and those that await a review.

A word is what somebody says about a face: the face's newest correction, unless it was withdrawn.
Of what one user says about equal pictures only the newest is a word. A word counts

- if who says it is trusted;
- or if an admin accepted it in a review;
- or if another user says the same about an equal picture, most of those who say something about
  that picture do, no word that counts by itself contradicts, and no admin rejected it.

A rejected word never counts, and nothing does that is said by a user who was set aside. Pictures
are equal if the crop of the face is, byte for byte: so it is for a photo that was forwarded.
"""

import asyncio
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Function, and_, case, func, or_, select

from bot.storage.answers import WITHDRAWN, Label
from bot.storage.database import Database
from bot.storage.schema import corrections, reviews, users

MIN_VOTES = 2  # users that have to agree
_WORD = ("id", "face_id", "user_id", "said", "said_at", "crop_digest")
_AT_ONCE = 500  # crops read together


class Decision(StrEnum):
    """What an admin says about a correction."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"


class AcceptedLabel(NamedTuple):
    """A word that counts."""

    face_id: int
    label: Label  # happy or sad
    user_id: int  # who says it
    correction_id: int
    crop_digest: bytes  # SHA-256 of the crop; the same for equal pictures
    accepted_at: int  # since when it counts, seconds since 1970


async def load(database: Database, trusted: Collection[int]) -> list[AcceptedLabel]:
    """The words that count and name a mood: what retraining may learn from.

    Several users may speak about equal pictures; each word is one entry.

    Args:
        database: where from.
        trusted: ids of the users whose words count at once, the admins among them.

    Returns:
        The words, by correction, oldest first; `stream_crops` has the pictures.

    Raises:
        StorageError: the database cannot be read.
    """
    word = words(trusted)
    since = case(
        (word.c.trusted == 1, word.c.said_at),
        (word.c.sure == 1, word.c.reviewed_at),
        else_=word.c.agreed_at,
    )
    query = (
        select(
            word.c.face_id,
            word.c.said,
            word.c.user_id,
            word.c.id.label("correction_id"),
            word.c.crop_digest,
            since.label("since"),
        )
        .where(word.c.said.in_([Label.HAPPY, Label.SAD]), counts(word))
        .order_by(word.c.id)
    )
    async with database.reading() as connection:
        rows = (await connection.execute(query)).all()
    return await asyncio.to_thread(_as_words, rows)


def _as_words(rows: Sequence[Any]) -> list[AcceptedLabel]:
    return [AcceptedLabel(face, Label(said), *others) for face, said, *others in rows]


async def find_erased(database: Database, correction_ids: Sequence[int]) -> set[int]:
    """Which of some corrections were erased since they were read.

    Args:
        database: where they were.
        correction_ids: of the corrections.

    Raises:
        StorageError: the database cannot be read.
    """
    erased = set(correction_ids)
    async with database.reading() as connection:
        for start in range(0, len(correction_ids), _AT_ONCE):
            portion = correction_ids[start : start + _AT_ONCE]
            query = select(corrections.c.id).where(corrections.c.id.in_(portion))
            erased -= set((await connection.execute(query)).scalars())
    return erased


def words(trusted: Collection[int]) -> CTE:
    """The words that are neither rejected nor of a user set aside, with what speaks for each.

    Args:
        trusted: ids of the users whose words count at once.

    Returns:
        Of `corrections` the columns in `_WORD`, and: `decision` and `reviewed_at` of its review;
        `trusted`; `sure`, 1 if it counts by itself; `agreed_at`, since when it counts because users
        agree, NULL if they do not.
    """
    voice = _voices(_spoken(trusted))
    agreed = and_(
        voice.c.same >= MIN_VOTES,
        2 * voice.c.same > voice.c.all,
        voice.c.sure_same == voice.c.sure_all,
        voice.c.rejected_same == 0,
    )
    agreed_at = case((agreed, voice.c.nth_at)).label("agreed_at")
    return select(voice, agreed_at).where(voice.c.valid == 1).cte("words")


def counts(word: CTE) -> ColumnElement[bool]:
    """The condition that one of `words` counts."""
    return or_(word.c.sure == 1, word.c.agreed_at.is_not(None))


def _spoken(trusted: Collection[int]) -> CTE:
    """The newest correction of each face, and those rejected; by `age` for a user and picture."""
    newest = select(func.max(corrections.c.id)).group_by(corrections.c.face_id)
    is_trusted = corrections.c.user_id.in_(trusted)
    is_rejected = func.coalesce(reviews.c.decision, "") == Decision.REJECTED
    about_it = reviews.c.correction_id == corrections.c.id
    age = func.row_number().over(
        partition_by=(corrections.c.crop_digest, corrections.c.user_id),
        order_by=corrections.c.id.desc(),
    )
    return (
        select(
            # No more than is needed: all of it is sorted several times.
            *(corrections.c[name] for name in _WORD),
            reviews.c.decision,
            reviews.c.reviewed_at,
            _one_if(is_trusted).label("trusted"),
            _one_if(is_rejected).label("rejected"),
            _one_if(or_(is_trusted, users.c.set_aside_at.is_(None))).label("heard"),
            age.label("age"),
        )
        .select_from(corrections.join(users).outerjoin(reviews, about_it))
        .where(or_(corrections.c.id.in_(newest), is_rejected))
        .where(corrections.c.said != WITHDRAWN, corrections.c.crop_digest.is_not(None))
        .cte("spoken")
    )


def _voices(spoken: CTE) -> CTE:
    """How many say the same about a picture as a word does, and how many anything."""
    word = _weighed(spoken)

    def of_claim(function: Function[Any]) -> ColumnElement[Any]:
        # The same order and frame for all, so that the database sorts only once.
        claim = (word.c.crop_digest, word.c.said)
        order = (word.c.valid.desc(), word.c.id)
        return function.over(partition_by=claim, order_by=order, rows=(None, None))

    return select(
        word,
        of_claim(func.sum(word.c.valid)).label("same"),
        of_claim(func.max(word.c.sure)).label("sure_same"),
        of_claim(func.max(word.c.rejected)).label("rejected_same"),
        of_claim(func.nth_value(word.c.said_at, MIN_VOTES)).label("nth_at"),
        func.sum(word.c.valid).over(partition_by=word.c.crop_digest).label("all"),
        func.max(word.c.sure).over(partition_by=word.c.crop_digest).label("sure_all"),
    ).cte("voices")


def _weighed(spoken: CTE) -> CTE:
    """Which of the words are valid, and which of those count by themselves.

    Apart from `_voices`, whose orders may hold no values: SQLite takes a value that comes twice for
    two, and would sort anew for each.
    """
    is_valid = and_(spoken.c.age == 1, spoken.c.heard == 1, spoken.c.rejected == 0)
    is_sure = or_(spoken.c.trusted == 1, spoken.c.decision == Decision.ACCEPTED)
    return select(
        spoken,
        _one_if(is_valid).label("valid"),
        _one_if(and_(is_valid, is_sure)).label("sure"),
    ).cte("weighed")


def _one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
