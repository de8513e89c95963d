"""The stored crops of faces: reading them, and erasing those that expired."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import FaceExpiredError
from bot.storage import chat_owners, inbox, users
from bot.storage.database import Database
from bot.storage.labels import WITHDRAWN, newest_label
from bot.storage.repeated_photos import is_original_of_face, original
from bot.storage.schema import faces, photos
from model.prediction.results import Box

BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a photo that shows a face."""

    png: bytes = field(repr=False)
    box: Box  # of the face, as it was found when the crop was made
    file_unique_id: str  # Telegram's id of the photo
    model_version: str  # that judged the face


async def load(connection: AsyncConnection, face_id: int) -> Crop:
    """Read the crop of a face.

    Face ids are used again: read the face and its crop in one transaction.

    Raises:
        FaceExpiredError: it is no longer stored.
    """
    box = (original.c.box_left, original.c.box_top, original.c.box_right, original.c.box_bottom)
    query = (
        select(original.c.crop, photos.c.file_unique_id, photos.c.model_version, *box)
        .select_from(faces.join(photos).join(original, is_original_of_face))
        .where(faces.c.id == face_id, original.c.crop.is_not(None))
    )
    row = (await connection.execute(query)).first()
    if row is None:
        raise FaceExpiredError
    png, file_unique_id, model_version, *corners = row
    return Crop(png, Box(*corners), file_unique_id, model_version)


async def stream(
    database: Database, face_ids: Sequence[int]
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Read crops in batches, so that they need not all fit into memory.

    Args:
        database: where to read.
        face_ids: ids of originals, each only once.

    Yields:
        Face id and PNG, in the given order. Faces that were erased meanwhile are left out.

    Raises:
        StorageError: the database cannot be read.
    """
    for start in range(0, len(face_ids), BATCH_SIZE):
        batch = face_ids[start : start + BATCH_SIZE]
        query = select(faces.c.id, faces.c.crop).where(
            faces.c.id.in_(batch), faces.c.crop.is_not(None)
        )
        async with database.reading() as connection:
            found = {row.id: row.crop for row in await connection.execute(query)}
        for face_id in batch:
            if face_id in found:
                yield face_id, found[face_id]


async def erase_expired(database: Database, now: int) -> int:
    """Erase the crops of faces that nobody labelled in time, and other outdated records.

    Returns:
        The number of crops erased.

    Raises:
        StorageError: nothing was erased.
    """
    label = newest_label().scalar_subquery()
    async with database.writing() as connection:
        erased = await connection.execute(
            update(faces)
            .where(faces.c.expires_at <= now, faces.c.crop.is_not(None))
            .where(label.is_(None) | (label == WITHDRAWN))
            .values(crop=None)
        )
        await users.delete_outdated(connection, now)
        await inbox.delete_outdated(connection, now)
        await chat_owners.delete_outdated(connection, now)
    return erased.rowcount
