"""Answers about photos: what was said about which face, as far as it is still known."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UserErasedError
from bot.storage.database import Database
from bot.storage.repeated_photos import (
    Box,
    find_originals,
    is_original_of_face,
    original,
    renew_faces,
)
from bot.storage.schema import answer_photos, answers, corrections, faces, photos, users
from model.network.verdict import Verdict
from model.prediction.results import FaceVerdict, PhotoVerdict


class Label(StrEnum):
    """What people say about a face."""

    HAPPY = "happy"
    SAD = "sad"
    NOT_A_FACE = "not_a_face"


WITHDRAWN = "withdrawn"  # a correction that takes the one before back


@dataclass(frozen=True, slots=True)
class Question:
    """A message that asks about pictures."""

    user_id: int  # who sent the pictures, which need not be who asks
    chat_id: int
    message_id: int
    sent_at: int  # seconds since 1970
    received_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A picture of a question, and what the model says about it."""

    position: int  # in the album, from 0
    file_unique_id: str
    photo: PhotoVerdict
    crops: tuple[bytes, ...]  # a PNG for each face


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face that was answered about; of a picture judged as a whole, the picture."""

    id: int
    verdict: Verdict
    probability_happy: float
    label: Label | None  # what people say
    expires_at: int
    original_id: int  # of the face that holds the crop and the labels; see repeated_photos


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A picture of an answer."""

    position: int  # in the album, from 0
    whole_picture: bool  # no face was found in it; `faces` holds one entry, for the picture
    faces: tuple[StoredFace, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the bot, with what people said to it since."""

    id: int
    user_id: int
    photos: tuple[StoredPhoto, ...]

    @property
    def faces(self) -> tuple[StoredFace, ...]:
        """The faces of all its pictures, in order."""
        return tuple(face for picture in self.photos for face in picture.faces)


async def record(
    database: Database, question: Question, judged: Sequence[NewPhoto], now: int, keep_s: int
) -> Answer:
    """Store an answer before it is given.

    A picture that the same user sent before, judged by the same model, is not stored again: the
    answer refers to it, with all that was said about it. That is known, too, if another version of
    the model judges it now; see `bot.storage.repeated_photos`.

    Args:
        database: where to.
        question: what is answered.
        judged: the pictures in order.
        now: seconds since 1970.
        keep_s: seconds for which the faces are kept.

    Raises:
        UserErasedError: the user was erased since the question came in; nothing was stored.
        StorageError: nothing was stored.
    """
    async with database.writing() as connection:
        if database.erasures.since(question.user_id, question.received_at):
            raise UserErasedError
        await connection.execute(
            insert_or(users).values(id=question.user_id, first_seen_at=now).on_conflict_do_nothing()
        )
        asked = insert(answers).values(
            user_id=question.user_id,
            chat_id=question.chat_id,
            message_id=question.message_id,
            asked_at=question.sent_at,
            delivered=False,
        )
        answer_id = (await connection.execute(asked.returning(answers.c.id))).scalar_one()
        for picture in judged:
            photo_id = await _store(connection, question.user_id, picture, now, now + keep_s)
            await connection.execute(
                insert(answer_photos).values(
                    answer_id=answer_id, position=picture.position, photo_id=photo_id
                )
            )
        answer = await load_answer(connection, answer_id)
    assert answer is not None  # noqa: S101 - stored three lines up
    return answer


async def mark_delivered(database: Database, answer_id: int) -> None:
    """Note that an answer has reached the chat.

    Raises:
        StorageError: it was not noted.
    """
    async with database.writing() as connection:
        await connection.execute(
            update(answers).where(answers.c.id == answer_id).values(delivered=True)
        )


async def was_answered(database: Database, question: Question) -> bool:
    """Say whether a question has its answer already, be it from before a restart.

    The time counts, too: a sandbox that is started anew gives out the same message ids again.

    Raises:
        StorageError: the database cannot be read.
    """
    asked = and_(
        answers.c.chat_id == question.chat_id,
        answers.c.message_id == question.message_id,
        answers.c.asked_at == question.sent_at,
    )
    async with database.reading() as connection:
        found = await connection.execute(select(answers.c.id).where(asked, answers.c.delivered))
        return found.first() is not None


async def load_answer(connection: AsyncConnection, answer_id: int) -> Answer | None:
    """An answer as it stands now; None if there is none."""
    found = await connection.execute(select(answers.c.user_id).where(answers.c.id == answer_id))
    user_id = found.scalar_one_or_none()
    if user_id is None:
        return None
    rows = (await connection.execute(_faces_of(answer_id))).all()
    pictures: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in rows:
        pictures.setdefault(row.picture, []).append(row)
    return Answer(
        answer_id,
        user_id,
        tuple(
            StoredPhoto(position, some[0].whole_picture, tuple(_known(row) for row in some))
            for position, some in pictures.items()
        ),
    )


def newest_label() -> "Select[tuple[str]]":
    """The newest correction of the face in the enclosing query, as a scalar subquery's query."""
    return (
        select(corrections.c.said)
        .where(corrections.c.face_id == func.coalesce(faces.c.same_as, faces.c.id))
        .order_by(corrections.c.id.desc())
        .limit(1)
    )


def _faces_of(answer_id: int) -> "Select[tuple[object, ...]]":
    return (
        select(
            answer_photos.c.position.label("picture"),
            photos.c.whole_picture,
            faces.c.id,
            faces.c.verdict,
            faces.c.probability_happy,
            original.c.expires_at,
            original.c.id.label("original_id"),
            newest_label().scalar_subquery().label("said"),
        )
        .select_from(answer_photos.join(photos).join(faces).join(original, is_original_of_face))
        .where(answer_photos.c.answer_id == answer_id)
        .order_by(answer_photos.c.position, faces.c.position)
    )


def _known(row: "Row[tuple[object, ...]]") -> StoredFace:
    label = None if row.said in (None, WITHDRAWN) else Label(row.said)
    return StoredFace(
        row.id,
        Verdict(row.verdict),
        row.probability_happy,
        label,
        row.expires_at,
        row.original_id,
    )


async def _store(
    connection: AsyncConnection, user_id: int, picture: NewPhoto, now: int, expires_at: int
) -> int:
    """Store a picture, or find the one that it repeats; returns its id."""
    known_already = and_(
        photos.c.user_id == user_id,
        photos.c.file_unique_id == picture.file_unique_id,
        photos.c.model_version == picture.photo.model_version,
    )
    found = await connection.execute(select(photos.c.id).where(known_already))
    known: int | None = found.scalar_one_or_none()
    if known is not None:
        await renew_faces(connection, known, picture.crops or (None,), expires_at)
        return known
    new = insert(photos).values(
        user_id=user_id,
        file_unique_id=picture.file_unique_id,
        model_version=picture.photo.model_version,
        whole_picture=picture.photo.whole_picture,
        probability_happy=picture.photo.probability_happy,
        verdict=picture.photo.verdict,
        judged_at=now,
    )
    photo_id = int((await connection.execute(new.returning(photos.c.id))).scalar_one())
    rows = _face_rows(picture)
    boxes = [_box(row) for row in rows]
    same = await find_originals(connection, user_id, picture.file_unique_id, boxes)
    crops = picture.crops or (None,)
    for position, (row, crop, same_as) in enumerate(zip(rows, crops, same, strict=True)):
        row.update(photo_id=photo_id, position=position, expires_at=expires_at, same_as=same_as)
        row.update(crop=crop if same_as is None else None)
    await connection.execute(insert(faces), rows)
    if any(same):
        await renew_faces(connection, photo_id, crops, expires_at)
    return photo_id


def _face_rows(picture: NewPhoto) -> list[dict[str, Any]]:
    if picture.photo.whole_picture:
        return [_mood(picture.photo)]
    return [
        {
            **_mood(face),
            "box_left": face.box.left,
            "box_top": face.box.top,
            "box_right": face.box.right,
            "box_bottom": face.box.bottom,
            "score": face.score,
        }
        for face in picture.photo.faces
    ]


def _box(row: dict[str, Any]) -> Box | None:
    if "box_left" not in row:
        return None
    return row["box_left"], row["box_top"], row["box_right"], row["box_bottom"]


def _mood(judged: PhotoVerdict | FaceVerdict) -> dict[str, Any]:
    return {"probability_happy": judged.probability_happy, "verdict": str(judged.verdict)}
