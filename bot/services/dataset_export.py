"""The labelled faces that count, as ZIP files for training.

These are the samples that retraining learns from: equal pictures are one sample, with the label
that most users give. Unpack all files into one folder for `python -m scripts.train FOLDER --crops`:
each face is a PNG, named by its id, in a folder named by its label.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from bot.services.zip_writer import MAX_BYTES, ZipWriter
from bot.storage import crops, samples
from bot.storage.answers import Label
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A ZIP file of labelled faces, one of several if they are many."""

    file: bytes
    counts: dict[Label, int]  # of the faces in it


async def export_faces(
    database: Database, trusted_ids: Collection[int], max_bytes: int = MAX_BYTES
) -> AsyncIterator[ExportFile]:
    """Pack all faces whose label counts, with one file in memory at a time.

    Args:
        database: where to read.
        trusted_ids: users whose labels count at once, including the admins.
        max_bytes: maximal size of the pictures in one file.

    Yields:
        The files; none if there is no such face.

    Raises:
        StorageError: the database cannot be read.
    """
    found = await samples.find_samples(database, trusted_ids)
    labels = {sample.face_id: sample.label for sample in found}
    file, counts = ZipWriter(max_bytes), Counter[Label]()
    async for face_id, crop in crops.stream(database, [*labels]):
        if counts and not file.has_room(crop):
            yield ExportFile(file.finish(), dict(counts))
            file, counts = ZipWriter(max_bytes), Counter[Label]()
        label = labels[face_id]
        file.add_picture(f"{label}/{face_id}.png", crop)
        counts[label] += 1
    if counts:
        yield ExportFile(file.finish(), dict(counts))
