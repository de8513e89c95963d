"""What people say about the bot's verdicts: a history that is only added to."""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import AnswerNotFoundError, FaceExpiredError, NotYoursError, UnknownButtonError
from bot.storage.answers import WITHDRAWN, Answer, Label, StoredFace, load_answer, newest_label
from bot.storage.database import Database
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import corrections, faces, photos, processed_taps
from bot.storage.users import (
    DAY_S,
    count_correction,
    delete_past_days,
    ensure_user,
    is_new_callback,
)

REPEATED_FOR_S = 3 * DAY_S  # Telegram delivers an update again for a day at most
GRACE_S = DAY_S  # in which to say something else about a face after taking a label back


@dataclass(frozen=True, slots=True)
class Tap:
    """A person's tap on a button of an answer."""

    id: str  # the callback query's, which stays the same when it is delivered again
    user_id: int
    is_admin: bool
    answer_id: int
    now: int  # seconds since 1970


async def look_up(database: Database, tap: Tap) -> Answer:
    """The answer that a tap is about.

    Raises:
        AnswerNotFoundError, NotYoursError: the tap is not followed.
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _answer_for(connection, tap)


async def correct(
    database: Database, tap: Tap, number: int, label: Label | None, a_day: int | None = None
) -> Answer:
    """Store what somebody says about a face; saying the same again changes nothing.

    Args:
        database: where to.
        tap: who says it, about which answer.
        number: the face's, from 0, counted over all pictures of the answer.
        label: what it is; None takes back what was said.
        a_day: how often somebody who is no admin may say something new on one day; None: always.

    Returns:
        The answer as it stands afterwards. It is on the disk by then.

    Raises:
        TapRefusedError: the tap is not followed; the subclass says why.
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        answer = await _answer_for(connection, tap)
        face = face_of(answer, number)
        refuse_late(face, tap)
        await ensure_user(connection, tap.user_id, tap.now)
        said = WITHDRAWN if label is None else label
        new = await is_new_callback(connection, tap.id, tap.user_id, tap.now)
        if not new or await _is_said(connection, tap, face.original_id, said):
            return answer
        if label and a_day and not tap.is_admin:
            await count_correction(connection, tap.user_id, tap.now, a_day)
        await _add(connection, tap, face, said)
        if label is None:
            await _keep_a_little(connection, face, tap.now + GRACE_S)
        corrected = await load_answer(connection, answer.id)
    assert corrected is not None  # noqa: S101 - nothing is deleted meanwhile
    return corrected


def face_of(answer: Answer, number: int) -> StoredFace:
    """A face of an answer by its number, from 0.

    Raises:
        UnknownButtonError: there are not so many.
    """
    if not 0 <= number < len(answer.faces):
        raise UnknownButtonError(f"face {number} of {len(answer.faces)}")
    return answer.faces[number]


def refuse_late(face: StoredFace, tap: Tap) -> None:
    """Refuse a tap on a face that was nothing but kept for too long.

    Raises:
        FaceExpiredError: it has expired.
    """
    if face.label is None and face.expires_at <= tap.now:
        raise FaceExpiredError


async def expire(database: Database, now: int) -> int:
    """Erase the crops of faces that nobody labelled in time, and what only mattered for a while.

    Returns:
        How many crops were erased.

    Raises:
        StorageError: nothing was erased.
    """
    word = newest_label().scalar_subquery()
    async with database.writing() as connection:
        erased = await connection.execute(
            update(faces)
            .where(faces.c.expires_at <= now, faces.c.crop.is_not(None))
            .where(word.is_(None) | (word == WITHDRAWN))
            .values(crop=None)
        )
        old = processed_taps.c.processed_at < now - REPEATED_FOR_S
        await connection.execute(delete(processed_taps).where(old))
        await delete_past_days(connection, now)
    return erased.rowcount


async def _answer_for(connection: AsyncConnection, tap: Tap) -> Answer:
    answer = await load_answer(connection, tap.answer_id)
    if answer is None:
        raise AnswerNotFoundError
    if tap.user_id != answer.user_id and not tap.is_admin:
        raise NotYoursError
    return answer


async def _is_said(connection: AsyncConnection, tap: Tap, face_id: int, said: str) -> bool:
    """Whether it stands already. What somebody else said is worth saying again."""
    newest = (
        select(corrections.c.said, corrections.c.user_id)
        .where(corrections.c.face_id == face_id)
        .order_by(corrections.c.id.desc())
        .limit(1)
    )
    last = (await connection.execute(newest)).first()
    if said == WITHDRAWN:
        return last is None or last.said == WITHDRAWN
    return last is not None and last.said == said and last.user_id == tap.user_id


async def _add(connection: AsyncConnection, tap: Tap, face: StoredFace, said: str) -> None:
    judged = (await connection.execute(_crop_and_version(face.id))).one()
    await connection.execute(
        insert(corrections).values(
            face_id=face.original_id,
            user_id=tap.user_id,
            said=said,
            said_at=tap.now,
            crop_digest=judged.crop and sha256(judged.crop).digest(),
            model_version=judged.model_version,
            verdict=str(face.verdict),
            probability_happy=face.probability_happy,
        )
    )


async def _keep_a_little(connection: AsyncConnection, face: StoredFace, until: int) -> None:
    """Keep a face that has just lost its label, and may have expired while it had one."""
    await connection.execute(
        update(faces)
        .where(faces.c.id == face.original_id, faces.c.expires_at < until)
        .values(expires_at=until)
    )


def _crop_and_version(face_id: int) -> "Select[bytes | None, str]":
    return (
        select(original.c.crop, photos.c.model_version)
        .select_from(faces.join(photos).join(original, is_original_of_face))
        .where(faces.c.id == face_id)
    )
