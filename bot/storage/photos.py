"""Stores photos with their faces, and finds those that were sent before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from bot.storage.repeated_photos import find_originals, renew_faces
from bot.storage.schema import faces, photos
from model.prediction.results import Box, FaceVerdict, PhotoVerdict

_KNOWN = select(photos.c.model_version, photos.c.id).where(
    photos.c.user_id == bindparam("sender"), photos.c.file_unique_id == bindparam("file")
)
_NEW = insert(photos).returning(photos.c.id)


@dataclass(frozen=True, slots=True)
class NewPhoto:
    """A photo that is about to be stored."""

    position: int  # in the album, from 0
    file_unique_id: str
    verdict: PhotoVerdict
    crops: tuple[bytes, ...]  # a PNG for each face
    has_spoiler: bool = False
    is_protected: bool = False  # from forwarding


def store_photo(
    connection: Connection, user_id: int, photo: NewPhoto, now: int, expires_at: int
) -> int:
    """Store a photo and its faces, or find it among those that the user sent before.

    Args:
        connection: in a write transaction.
        user_id: the sender.
        photo: the photo.
        now: seconds since 1970.
        expires_at: when its faces are to be erased, in seconds since 1970.

    Returns:
        Its id.
    """
    known = {"sender": user_id, "file": photo.file_unique_id}
    id_by_version = {row.model_version: row.id for row in connection.execute(_KNOWN, known)}
    photo_id = id_by_version.get(photo.verdict.model_version)
    boxes: Sequence[Box | None] = [face.box for face in photo.verdict.faces] or [None]
    if photo_id is None:
        photo_id = _insert(connection, user_id, photo, now)
        same_as: Sequence[int | None] = [None] * len(boxes)
        if id_by_version:
            same_as = find_originals(connection, user_id, photo.file_unique_id, boxes)
        rows = [
            {**row, "photo_id": photo_id, "position": position, "expires_at": expires_at}
            for position, row in enumerate(_face_rows(photo, same_as))
        ]
        connection.execute(insert(faces), rows)
    if id_by_version:
        crops = zip(boxes, photo.crops or (None,), strict=True)
        renew_faces(connection, photo_id, list(crops), expires_at)
    return photo_id


def _insert(connection: Connection, user_id: int, photo: NewPhoto, now: int) -> int:
    row = {
        **_mood(photo.verdict),
        "user_id": user_id,
        "file_unique_id": photo.file_unique_id,
        "model_version": photo.verdict.model_version,
        "whole_picture": photo.verdict.whole_picture,
        "judged_at": now,
    }
    return int(connection.execute(_NEW, row).scalar_one())


def _face_rows(photo: NewPhoto, same_as: Sequence[int | None]) -> list[dict[str, Any]]:
    """Return the columns that differ between faces. Only originals hold a crop."""
    if photo.verdict.whole_picture:
        return [{**_mood(photo.verdict), "same_as": same_as[0]}]
    return [
        {
            **_mood(face),
            "box_left": face.box.left,
            "box_top": face.box.top,
            "box_right": face.box.right,
            "box_bottom": face.box.bottom,
            "score": face.score,
            "crop": crop if original_id is None else None,
            "same_as": original_id,
        }
        for face, crop, original_id in zip(photo.verdict.faces, photo.crops, same_as, strict=True)
    ]


def _mood(verdict: PhotoVerdict | FaceVerdict) -> dict[str, Any]:
    return {
        "probability_happy": verdict.probability_happy,
        "verdict": str(verdict.verdict),
    }
