"""Samples in the form that training takes, without anything that identifies users."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import sha256

import numpy as np
from sqlalchemy import func, select

from bot.storage.accepted_labels import find_erased
from bot.storage.crops import stream as stream_crops
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.runs import SampleCounts
from bot.storage.samples import Sample
from bot.storage.schema import faces, photos
from model.errors import ImageError
from model.faces.crops import decode_png
from model.network.preprocessing import Preprocessing, to_grey
from model.retraining.samples import SampleSet, is_held_out

logger = logging.getLogger(__name__)


def count_samples(samples: Sequence[Sample]) -> SampleCounts:
    """Count samples for the audit."""
    labels = Counter(sample.label for sample in samples)
    return SampleCounts(
        samples=len(samples),
        happy=labels[Label.HAPPY],
        sad=labels[Label.SAD],
        users=len({sample.user_id for sample in samples}),
        held_out=sum(is_held_out(sample.digest) for sample in samples),
        corrections=[id_ for sample in samples for id_ in sample.corrections],
    )


async def load(database: Database, samples: Sequence[Sample], settings: Preprocessing) -> SampleSet:
    """Load the pictures of samples for training.

    Args:
        database: the database to read.
        samples: at least one sample.
        settings: preprocessing of the model.

    Returns:
        The samples, without those of which the picture or a label was erased meanwhile, and without
        pictures that do not decode. Users are numbered in order of appearance.

    Raises:
        StorageError: the database cannot be read.
    """
    erased = await find_erased(database, [id_ for sample in samples for id_ in sample.corrections])
    by_face = {
        sample.face_id: sample for sample in samples if erased.isdisjoint(sample.corrections)
    }
    found, crops = [], []
    async for face_id, png in stream_crops(database, list(by_face)):
        if sha256(png).hexdigest() != by_face[face_id].digest:
            continue  # its user was erased meanwhile, and somebody else's face has got the id
        try:
            crops.append(to_grey(decode_png(png), settings))
        except ImageError:
            logger.warning("The crop of face %d is damaged; it is not trained on", face_id)
        else:
            found.append(by_face[face_id])
    numbers: dict[int, str] = {}
    users = {sample.user_id for sample in found}
    shape = (len(crops), settings.size, settings.size)
    return SampleSet(
        crops=np.array(crops, np.uint8).reshape(shape),
        labels=np.array([sample.label is Label.HAPPY for sample in found], np.intp),
        users=tuple(numbers.setdefault(sample.user_id, str(len(numbers))) for sample in found),
        digests=tuple(sample.digest for sample in found),
        answered=await _count_faces(database, users),
    )


async def _count_faces(database: Database, users: Collection[int]) -> int:
    """Count the faces that the bot judged for some users, each once."""
    query = (
        select(func.count())
        .select_from(faces.join(photos))
        .where(photos.c.user_id.in_(users), faces.c.same_as.is_(None), ~photos.c.whole_picture)
    )
    async with database.reading() as connection:
        return int((await connection.execute(query)).scalar_one())
