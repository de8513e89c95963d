"""Finds the faces of a photo again that another model version judged before.

Each version's verdict on a face is a row of its own. The first row of a face, its original, holds
the crop and the labels; the other rows refer to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any

from sqlalchemy import Connection, Select, func, select, update

from bot.storage.schema import box_columns, faces, photos
from model.faces.face import intersection_over_union
from model.prediction.results import Box

MIN_IOU = 0.5  # intersection over union of two boxes around the same face

original = faces.alias("original")
is_original_of_face = original.c.id == func.coalesce(faces.c.same_as, faces.c.id)


def find_originals(
    connection: Connection, user_id: int, file_unique_id: str, boxes: Sequence[Box | None]
) -> list[int | None]:
    """Match the faces of a photo with those found in it before.

    Args:
        connection: to the database.
        user_id: the sender of the photo.
        file_unique_id: Telegram's id of the photo.
        boxes: one for each face; None for a photo that was judged as a whole.

    Returns:
        For each box the id of its original; None for a new face.
    """
    query = (
        select(faces.c.id, *box_columns)
        .select_from(faces.join(photos))
        .where(photos.c.user_id == user_id, photos.c.file_unique_id == file_unique_id)
        .where(faces.c.same_as.is_(None))
        .order_by(faces.c.id)
    )
    return _match(connection, query, boxes)


def renew_faces(
    connection: Connection,
    photo_id: int,
    crops: Sequence[tuple[Box | None, bytes | None]],
    expires_at: int,
) -> None:
    """Keep the faces of a repeated photo as long as if they were new.

    Args:
        connection: to the database.
        photo_id: the photo.
        crops: for each face its box and a PNG, which is stored where the original's crop has
            expired. Their order may differ from the stored one.
        expires_at: new expiry, seconds since 1970.
    """
    query = (
        select(func.coalesce(faces.c.same_as, faces.c.id), *box_columns)
        .where(faces.c.photo_id == photo_id)
        .order_by(faces.c.position)
    )
    originals = _match(connection, query, [box for box, _ in crops])
    for original_id, (_, crop) in zip(originals, crops, strict=True):
        connection.execute(
            update(faces)
            .where(faces.c.id == original_id)
            .values(crop=func.coalesce(faces.c.crop, crop), expires_at=expires_at)
        )


def _match(
    connection: Connection, query: "Select[Any]", boxes: Sequence[Box | None]
) -> list[int | None]:
    """Return for each box the id that a query selects with the box most like it."""
    candidates = {
        face_id: None if box[0] is None else Box(*box)
        for face_id, *box in connection.execute(query)
    }
    found = []
    for box in boxes:
        match = _best_match(box, candidates)
        if match is not None:
            del candidates[match]
        found.append(match)
    return found


def _best_match(box: Box | None, candidates: Mapping[int, Box | None]) -> int | None:
    best = max(candidates, key=lambda face_id: _iou(box, candidates[face_id]), default=None)
    if best is None or _iou(box, candidates[best]) < MIN_IOU:
        return None
    return best


def _iou(one: Box | None, other: Box | None) -> float:
    """Return the intersection over union, 0 to 1; 1 for two whole pictures."""
    if one is None or other is None:
        return float(one is other)
    return intersection_over_union(astuple(one), astuple(other))
