"""The stored crops of faces, one at a time."""

from dataclasses import dataclass, field

from sqlalchemy import select

from bot.errors import FaceExpiredError
from bot.storage.database import Database
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import faces, photos


@dataclass(frozen=True, slots=True)
class Crop:
    """A face as it was cut out."""

    png: bytes = field(repr=False)
    model_version: str  # by which it was judged


async def crop_of(database: Database, face_id: int) -> Crop:
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
