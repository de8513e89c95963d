"""The faces of which it counts what people say, as ZIP files to train on.

They are those that retraining learns from: equal pictures are one, with the label most people give.
Unpacked into one folder they are what `python -m scripts.train FOLDER --crops` takes: a PNG a face,
named by its id, in a folder named by its label.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass

from bot.services.zip_writer import MAX_BYTES, ZipWriter
from bot.storage import crops
from bot.storage.answers import Label
from bot.storage.database import Database
from bot.storage.samples import find_samples


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One of the files."""

    file: bytes
    counts: dict[Label, int]  # of the faces in it


async def export(
    database: Database, trusted: Collection[int], max_bytes: int = MAX_BYTES
) -> AsyncIterator[ExportFile]:
    """Pack all faces whose label counts; one file is in memory at a time.

    Args:
        database: where from.
        trusted: ids of the users whose words count at once, the admins among them.
        max_bytes: of pictures in one file.

    Yields:
        The files; none if there is no such face.

    Raises:
        StorageError: the database cannot be read.
    """
    samples = await find_samples(database, trusted)
    labels = {sample.face_id: sample.label for sample in samples}
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
