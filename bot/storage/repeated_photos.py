"""Recognises the faces of a picture that was sent before, when another version judged it.

Each version's verdict on a face is a row of its own, but the face is one: its crop and what people
say about it hang on the row that was first, its original, and the others refer to that.
"""

from collections.abc import Sequence

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.schema import faces, photos

MIN_IOU = 0.5  # intersection over union of two boxes around one face

Box = tuple[int, int, int, int]  # left, top, right, bottom

original = faces.alias("original")
is_original_of_face = original.c.id == func.coalesce(faces.c.same_as, faces.c.id)


async def find_originals(
    connection: AsyncConnection, user_id: int, file_unique_id: str, boxes: Sequence[Box | None]
) -> list[int | None]:
    """Find the faces of a picture among those of its earlier verdicts.

    Args:
        connection: to the database.
        user_id: who sends the picture.
        file_unique_id: the picture's.
        boxes: of its faces; None for a picture that was judged as a whole.

    Returns:
        For each the id of its original; None if it was not seen before.
    """
    box = (faces.c.box_left, faces.c.box_top, faces.c.box_right, faces.c.box_bottom)
    known = (
        select(faces.c.id, *box)
        .select_from(faces.join(photos))
        .where(photos.c.user_id == user_id, photos.c.file_unique_id == file_unique_id)
        .where(faces.c.same_as.is_(None))
        .order_by(faces.c.id)
    )
    rows = (await connection.execute(known)).all()
    left: dict[int, Box | None] = {
        row.id: None if row.box_left is None else (row[1], row[2], row[3], row[4]) for row in rows
    }
    found: list[int | None] = []
    for one in boxes:
        best = max(left, key=lambda face_id: _overlap(one, left[face_id]), default=None)
        if best is not None and _overlap(one, left[best]) < MIN_IOU:
            best = None
        if best is not None:
            del left[best]
        found.append(best)
    return found


async def renew_faces(
    connection: AsyncConnection, photo_id: int, crops: Sequence[bytes | None], expires_at: int
) -> None:
    """Keep the faces of a photo that was sent again for as long as if they were new.

    Args:
        connection: to the database.
        photo_id: of the photo.
        crops: a PNG for each face, by position; one that is still there stays as it is.
        expires_at: until when, seconds since 1970.
    """
    for position, crop in enumerate(crops):
        this = and_(faces.c.photo_id == photo_id, faces.c.position == position)
        its_original = select(func.coalesce(faces.c.same_as, faces.c.id)).where(this)
        await connection.execute(
            update(faces)
            .where(faces.c.id == its_original.scalar_subquery())
            .values(crop=func.coalesce(faces.c.crop, crop), expires_at=expires_at)
        )


def _overlap(one: Box | None, other: Box | None) -> float:
    """Intersection over union, 0 to 1; whole pictures are the same."""
    if one is None or other is None:
        return float(one is other)
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0) * max(height, 0)
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared / (area - shared)
