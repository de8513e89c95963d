"""The labelled faces that count, as ZIP files for training.

These are the samples that retraining learns from: equal pictures are one sample, with the label
that most users give. Unpack all files into one folder for `python -m scripts.train FOLDER --crops`:
each face is a PNG, named by its id, in a folder named by its label.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path

from bot.services.zip_writer import MAX_BYTES, ZipPart, ZipSeries
from bot.storage import crops, samples
from bot.storage.database import Database
from bot.storage.labels import Label


async def export_faces(
    database: Database, trusted_ids: Collection[int], folder: Path, max_bytes: int = MAX_BYTES
) -> AsyncGenerator[ZipPart, None]:
    """Pack all faces whose label counts, one file at a time and with little of it in memory.

    Args:
        database: where to read.
        trusted_ids: users whose labels count at once, including the admins.
        folder: on whose disk the files are.
        max_bytes: maximal size of a file.

    Yields:
        The files; none if there is no such face.

    Raises:
        StorageError: the database cannot be read.
        OSError: a file cannot be written.
    """
    found = await samples.find_samples(database, trusted_ids)
    by_face = {sample.face_id: sample for sample in found}
    is_empty = True
    stored = crops.stream(database, [*by_face])
    with ZipSeries(folder, max_bytes) as series:
        async with aclosing(stored):
            async for face_id, crop in stored:
                sample = by_face[face_id]
                # If a user was erased meanwhile, somebody else's face may have got the id.
                if sha256(crop).hexdigest() == sample.digest:
                    picture = (f"{sample.label}/{face_id}.png", crop)
                    for part in series.add_pictures([picture]):
                        yield part
                    is_empty = False
        if not is_empty:
            yield series.finish()


def count_labels(part: ZipPart) -> dict[Label, int]:
    """Count the faces in a file that `export_faces` made."""
    return Counter(Label(name.partition("/")[0]) for name in part.names)
