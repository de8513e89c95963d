"""The stored crops of faces, one at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from bot.errors import FaceExpiredError
from bot.storage.database import Database
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import faces, photos

_AT_ONCE = 500  # crops read together


@dataclass(frozen=True, slots=True)
class Crop:
    """A face as it was cut out."""

    png: bytes = field(repr=False)
    model_version: str  # by which it was judged


async def load(database: Database, face_id: int) -> Crop:
    """The crop of a face.

    Raises:
        FaceExpiredError: it is no longer there.
        StorageError: the database cannot be read.
    """
    wanted = (
        select(original.c.crop, photos.c.model_version)
        .select_from(faces.join(photos).join(original, is_original_of_face))
        .where(faces.c.id == face_id, original.c.crop.is_not(None))
    )
    async with database.reading() as connection:
        row = (await connection.execute(wanted)).first()
    if row is None:
        raise FaceExpiredError
    return Crop(row.crop, row.model_version)


async def stream(database: Database, face_ids: Sequence[int]) -> AsyncIterator[tuple[int, bytes]]:
    """The crops of faces, read in portions so that they need not all fit into memory.

    Args:
        database: where from.
        face_ids: of the faces, none twice.

    Yields:
        Face id and PNG, in the order asked for. Faces erased meanwhile are left out.

    Raises:
        StorageError: the database cannot be read.
    """
    for start in range(0, len(face_ids), _AT_ONCE):
        portion = face_ids[start : start + _AT_ONCE]
        query = select(faces.c.id, faces.c.crop).where(
            faces.c.id.in_(portion), faces.c.crop.is_not(None)
        )
        async with database.reading() as connection:
            found = {row.id: row.crop for row in await connection.execute(query)}
        for face_id in portion:
            if face_id in found:
                yield face_id, found[face_id]
