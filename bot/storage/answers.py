"""The bot's answers about photos, with the labels that people gave to the faces since."""

import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from bot.errors import AnsweredBeforeError, UnknownButtonError, UserErasedError
from bot.storage import claims
from bot.storage.claims import Claim
from bot.storage.database import Database
from bot.storage.labels import WITHDRAWN, Label, newest_label
from bot.storage.photos import NewPhoto, store_photo
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import answer_photos, answers, box_columns, faces, photos
from bot.storage.users import ensure_user
from model.network.verdict import Verdict
from model.prediction.reading_order import reading_order
from model.prediction.results import Box

_Rows = list[Row[Any]]

# Longer than others wait for their turn to write: without its row, an answer has no buttons. Many
# answers may be stored at once, after a restart for example, and a disk may be slow.
MAX_WAIT_S = 10.0
NONCE_BYTES = 4

# Statements for every photo, made once: that takes longer than to execute them.
_NEW = insert(answers).returning(answers.c.id)
_DELIVERED = (
    update(answers).where(answers.c.id.in_(bindparam("ids", expanding=True))).values(delivered=True)
)
_ANSWERED = select(answers.c.id).where(
    answers.c.chat_id == bindparam("chat"),
    answers.c.message_id == bindparam("message"),
    answers.c.asked_at == bindparam("asked_at"),
    answers.c.delivered,
)
_FACES: "Select[Any]" = (
    select(
        answer_photos.c.position.label("photo_position"),
        answer_photos.c.has_spoiler,
        answer_photos.c.is_protected,
        photos.c.whole_picture,
        faces.c.id,
        faces.c.verdict,
        faces.c.probability_happy,
        *box_columns,
        original.c.expires_at,
        original.c.id.label("original_id"),
        newest_label().scalar_subquery().label("label"),
    )
    .select_from(answer_photos.join(photos).join(faces).join(original, is_original_of_face))
    .where(answer_photos.c.answer_id == bindparam("answer"))
    .order_by(answer_photos.c.position, faces.c.position)
)


@dataclass(frozen=True, slots=True)
class Question:
    """A message that asks about photos."""

    user_id: int  # the sender of the photos, who is not always the one who asks
    chat_id: int
    message_id: int
    sent_at: int  # seconds since 1970
    received_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class StoredFace:
    """A face in an answer; for a photo without faces, the whole picture."""

    id: int
    verdict: Verdict
    probability_happy: float
    label: Label | None  # the newest one
    expires_at: int
    original_id: int  # of the face that holds the crop and the labels; see `repeated_photos`


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """What an answer says about one photo."""

    position: int  # in the album, from 0
    whole_picture: bool  # no face was found; `faces` holds one entry, for the picture
    faces: tuple[StoredFace, ...]
    has_spoiler: bool = False
    is_protected: bool = False  # from forwarding


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What the buttons under an answer repeat, to be followed for this answer only.

    After the database was lost or replaced by a backup, another answer may get the same id.

    Attributes:
        id: the answer's id.
        nonce: random, in hexadecimal; None in answers of versions of the bot that had none.
    """

    id: int
    nonce: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the bot, about a photo or an album."""

    key: AnswerKey
    user_id: int
    photos: tuple[StoredPhoto, ...]

    @property
    def id(self) -> int:
        return self.key.id

    @property
    def faces(self) -> tuple[StoredFace, ...]:
        """The faces of all photos, in order."""
        return tuple(face for photo in self.photos for face in photo.faces)

    def face(self, index: int) -> StoredFace:
        """Return a face by its index in `faces`.

        Raises:
            UnknownButtonError: there is no such face.
        """
        if not 0 <= index < len(self.faces):
            raise UnknownButtonError(f"face {index} of {len(self.faces)}")
        return self.faces[index]

    def photo_with_face(self, index: int) -> StoredPhoto:
        """Return the photo that a face is in, by the face's index in `faces`.

        Raises:
            UnknownButtonError: there is no such face.
        """
        self.face(index)
        ends = accumulate(len(photo.faces) for photo in self.photos)
        return next(photo for photo, end in zip(self.photos, ends, strict=True) if index < end)

    def with_label(self, face: StoredFace, label: Label | None, expires_at: int) -> "Answer":
        """Return a copy in which a face, wherever it occurs, has another label and expiry."""

        def changed(other: StoredFace) -> StoredFace:
            if other.original_id != face.original_id:
                return other
            return replace(other, label=label, expires_at=expires_at)

        photos = (replace(photo, faces=tuple(map(changed, photo.faces))) for photo in self.photos)
        return replace(self, photos=tuple(photos))


async def record(
    database: Database,
    question: Question,
    new_photos: Sequence[NewPhoto],
    now: int,
    keep_s: int,
    claim: Claim | None = None,
) -> Answer:
    """Store an answer before it is sent.

    A photo that the same user sent before and the same model version judged is not stored again:
    the answer refers to the first one, with its labels. Labels are also found if another version
    judged it before; see `bot.storage.repeated_photos`.

    Args:
        database: where to store it.
        question: the question that it answers.
        new_photos: the photos, in order.
        now: seconds since 1970.
        keep_s: seconds to keep the faces.
        claim: the updates that are answered, as a replica has them in hand.

    Returns:
        The answer as stored, with labels from earlier answers about the same photos.

    Raises:
        UserErasedError: the user was erased after the question came in; nothing was stored.
        TakenOverError: another replica answers now; nothing was stored.
        AnsweredBeforeError: an answer to the question has reached the chat; nothing was stored.
        StorageError: nothing was stored.
    """

    def store(connection: Connection) -> Answer:
        is_pending = claims.is_pending(connection, claim)
        if _was_answered(connection, question):
            raise AnsweredBeforeError
        erased_here = database.erasures.erased_since(question.user_id, question.received_at)
        if erased_here or not is_pending:
            raise UserErasedError
        ensure_user(connection, question.user_id, now)
        nonce = secrets.token_hex(NONCE_BYTES)
        answer = {
            "user_id": question.user_id,
            "chat_id": question.chat_id,
            "message_id": question.message_id,
            "asked_at": question.sent_at,
            "delivered": False,
            "nonce": nonce,
        }
        answer_id = connection.execute(_NEW, answer).scalar_one()
        for photo in new_photos:
            photo_id = store_photo(connection, question.user_id, photo, now, now + keep_s)
            row = {
                "answer_id": answer_id,
                "position": photo.position,
                "photo_id": photo_id,
                "has_spoiler": photo.has_spoiler,
                "is_protected": photo.is_protected,
            }
            connection.execute(insert(answer_photos), row)
        key = AnswerKey(answer_id, nonce)
        return Answer(key, question.user_id, _load_photos(connection, key))

    return await database.write(store, MAX_WAIT_S)


def mark_delivered(connection: Connection, answer_ids: Collection[int]) -> None:
    """Remember that answers have reached their chats."""
    if answer_ids:
        connection.execute(_DELIVERED, {"ids": list(answer_ids)})


async def check_unanswered(database: Database, question: Question) -> None:
    """Check what `record` checks, for an answer that is not stored.

    Raises:
        AnsweredBeforeError: an answer to the question has reached the chat.
        StorageError: the database cannot be read.
    """
    if await database.read(lambda connection: _was_answered(connection, question)):
        raise AnsweredBeforeError


def _was_answered(connection: Connection, question: Question) -> bool:
    # The time is compared, too: a restarted sandbox uses the same message ids again.
    asked = {
        "chat": question.chat_id,
        "message": question.message_id,
        "asked_at": question.sent_at,
    }
    return connection.execute(_ANSWERED, asked).first() is not None


def load_answer(connection: Connection, key: AnswerKey) -> Answer | None:
    """Return an answer with its current labels; None if there is none with this key."""
    query = select(answers.c.user_id).where(
        answers.c.id == key.id, answers.c.nonce.is_not_distinct_from(key.nonce)
    )
    user_id = connection.execute(query).scalar_one_or_none()
    if user_id is None:
        return None
    return Answer(key, user_id, _load_photos(connection, key))


def _load_photos(connection: Connection, key: AnswerKey) -> tuple[StoredPhoto, ...]:
    rows = connection.execute(_FACES, {"answer": key.id}).all()
    return tuple(
        StoredPhoto(
            position,
            whole_picture,
            tuple(map(_face, _as_numbered(list(group), key))),
            has_spoiler,
            is_protected,
        )
        for (position, whole_picture, has_spoiler, is_protected), group in groupby(
            rows,
            key=lambda row: (
                row.photo_position,
                row.whole_picture,
                row.has_spoiler,
                row.is_protected,
            ),
        )
    )


def _as_numbered(rows: _Rows, key: AnswerKey) -> _Rows:
    """Return the faces of a photo in the order in which the answer numbers them.

    The versions of the bot that had no nonce numbered them by size, and stored them in that order.
    An answer may refer to faces that were stored for such an answer.
    """
    if key.nonce is None or rows[0].whole_picture:
        return rows
    boxes = [Box(row.box_left, row.box_top, row.box_right, row.box_bottom) for row in rows]
    return [rows[index] for index in reading_order(boxes)]


def _face(row: "Row[tuple[object, ...]]") -> StoredFace:
    label = None if row.label in (None, WITHDRAWN) else Label(row.label)
    return StoredFace(
        row.id,
        Verdict(row.verdict),
        row.probability_happy,
        label,
        row.expires_at,
        row.original_id,
    )
