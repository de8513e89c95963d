"""Users' corrections of the bot's verdicts: a history to which rows are only added."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import (
    AnswerNotFoundError,
    FaceExpiredError,
    NotYoursError,
    UnknownButtonError,
)
from bot.storage import claims, crops
from bot.storage.answers import Answer, AnswerKey, StoredFace, load_answer
from bot.storage.claims import Claim
from bot.storage.crops import Crop
from bot.storage.database import Database
from bot.storage.labels import WITHDRAWN, Label
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import corrections, faces, photos
from bot.storage.users import DAY_S, count_correction, mark_processed

GRACE_S = DAY_S  # to choose another label after taking one back


@dataclass(frozen=True, slots=True)
class Tap:
    """A user's tap on a button under an answer."""

    id: str  # of the callback query; Telegram keeps it when it delivers a query again
    user_id: int
    is_admin: bool
    answer: AnswerKey
    now: int  # seconds since 1970


async def load_tapped(database: Database, tap: Tap) -> Answer:
    """Read the answer that a tap is about.

    Raises:
        AnswerNotFoundError, NotYoursError: the tap is refused.
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return await _load_tapped(connection, tap)


async def load_tapped_crop(database: Database, tap: Tap, face_index: int) -> tuple[Answer, Crop]:
    """Read the answer that a tap is about, and the crop of one of its faces.

    Raises:
        AnswerNotFoundError, NotYoursError, UnknownButtonError, FaceExpiredError: the tap is
            refused.
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        answer = await _load_tapped(connection, tap)
        face = answer.face(face_index)
        if any(photo.whole_picture and face in photo.faces for photo in answer.photos):
            raise UnknownButtonError("a picture judged as a whole has no crop")
        refuse_if_expired(face, tap.now)
        return answer, await crops.load(connection, face.id)


async def correct(
    database: Database,
    tap: Tap,
    choose_labels: Callable[[Answer], Mapping[int, Label | None]],
    max_per_day: int | None = None,
    claim: Claim | None = None,
) -> tuple[Answer, Mapping[int, Label | None]]:
    """Store labels for faces, all or none. Storing the same one again changes nothing.

    Args:
        database: where to store it.
        tap: who says it, about which answer.
        choose_labels: returns the labels by the index of the face in `Answer.faces`, given the
            answer as it stands; None takes a label back. What it raises is passed on.
        max_per_day: daily quota of new labels for a user who is no admin; None for no limit.
        claim: the update of the tap, as a replica has it in hand.

    Returns:
        The answer as it stands afterwards, and the chosen labels. Both are on the disk by then.

    Raises:
        AnswerNotFoundError, NotYoursError, FaceExpiredError, UnknownButtonError,
        CorrectionLimitError: the tap is refused.
        TakenOverError: another replica follows the tap now; nothing was stored.
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        await connection.run_sync(claims.is_pending, claim)
        answer = await _load_tapped(connection, tap)
        labels = choose_labels(answer)
        for index in labels:
            refuse_if_expired(answer.face(index), tap.now)
        if await connection.run_sync(mark_processed, tap.id, tap.user_id, tap.now):
            for index, label in labels.items():
                answer = await _label(connection, tap, answer, index, label, max_per_day)
    return answer, labels


async def _label(
    connection: AsyncConnection,
    tap: Tap,
    answer: Answer,
    index: int,
    label: Label | None,
    max_per_day: int | None,
) -> Answer:
    """Store a label for a face, and return the answer with it."""
    face = answer.face(index)
    if await _is_newest(connection, tap.user_id, face, label):
        return answer
    if label and max_per_day and not tap.is_admin:
        await connection.run_sync(count_correction, tap.user_id, tap.now, max_per_day)
    await _insert(connection, tap, face, label)
    expires_at = face.expires_at
    if label is None:
        expires_at = max(expires_at, tap.now + GRACE_S)
        renewed = update(faces).where(faces.c.id == face.original_id)
        await connection.execute(renewed.values(expires_at=expires_at))
    return answer.with_label(face, label, expires_at)


def refuse_if_expired(face: StoredFace, now: int) -> None:
    """Refuse a tap on a face that nobody labelled before it expired.

    Raises:
        FaceExpiredError: it has expired.
    """
    if face.label is None and face.expires_at <= now:
        raise FaceExpiredError


async def _load_tapped(connection: AsyncConnection, tap: Tap) -> Answer:
    answer = await connection.run_sync(load_answer, tap.answer)
    if answer is None:
        raise AnswerNotFoundError
    if tap.user_id != answer.user_id and not tap.is_admin:
        raise NotYoursError
    return answer


async def _is_newest(
    connection: AsyncConnection, user_id: int, face: StoredFace, label: Label | None
) -> bool:
    """Return whether a correction would repeat the newest one.

    A label that somebody else gave is stored again: the vote on the face is then this user's.
    """
    if label is None or label is not face.label:
        return label is face.label
    query = (
        select(corrections.c.user_id)
        .where(corrections.c.face_id == face.original_id)
        .order_by(corrections.c.id.desc())
        .limit(1)
    )
    newest_user_id: int = (await connection.execute(query)).scalar_one()
    return newest_user_id == user_id


async def _insert(
    connection: AsyncConnection, tap: Tap, face: StoredFace, label: Label | None
) -> None:
    row = (await connection.execute(_crop_and_version(face.id))).one()
    await connection.execute(
        insert(corrections).values(
            face_id=face.original_id,
            user_id=tap.user_id,
            said=WITHDRAWN if label is None else label,
            said_at=tap.now,
            crop_digest=row.crop and sha256(row.crop).digest(),
            model_version=row.model_version,
            verdict=str(face.verdict),
            probability_happy=face.probability_happy,
        )
    )


def _crop_and_version(face_id: int) -> "Select[bytes | None, str]":
    return (
        select(original.c.crop, photos.c.model_version)
        .select_from(faces.join(photos).join(original, is_original_of_face))
        .where(faces.c.id == face_id)
    )
