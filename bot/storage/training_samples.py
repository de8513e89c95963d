"""Lessons as the model takes them: without anything that tells whose they are."""

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from bot.storage.accepted_labels import find_erased
from bot.storage.answers import Label
from bot.storage.crops import stream as stream_crops
from bot.storage.database import Database
from bot.storage.runs import SampleCounts
from bot.storage.samples import Sample
from model.errors import ImageError
from model.faces.crops import decode_png
from model.network.preprocessing import Preprocessing, to_grey
from model.retraining.samples import SampleSet, is_held_out

logger = logging.getLogger(__name__)


def count_samples(samples: Sequence[Sample]) -> SampleCounts:
    """Count lessons for the audit."""
    labels = Counter(sample.label for sample in samples)
    return SampleCounts(
        samples=len(samples),
        happy=labels[Label.HAPPY],
        sad=labels[Label.SAD],
        users=len({sample.user_id for sample in samples}),
        held_out=sum(is_held_out(sample.digest) for sample in samples),
        corrections=[one for sample in samples for one in sample.corrections],
    )


async def load(database: Database, samples: Sequence[Sample], settings: Preprocessing) -> SampleSet:
    """Fetch the pictures of lessons, for the model to learn from.

    Args:
        database: where from.
        lessons: at least one.
        settings: how the model wants to see crops.

    Returns:
        The lessons; without those whose picture, or anybody's word about it, was erased meanwhile,
        and without pictures that do not decode. Users are numbered, in no order that tells who
        they are.

    Raises:
        StorageError: the database cannot be read.
    """
    erased = await find_erased(database, [one for sample in samples for one in sample.corrections])
    by_face = {one.face_id: one for one in samples if erased.isdisjoint(one.corrections)}
    found, crops = [], []
    async for face_id, png in stream_crops(database, list(by_face)):
        try:
            crops.append(to_grey(decode_png(png), settings))
        except ImageError:
            logger.warning("The crop of face %d is damaged; nothing is learned from it", face_id)
        else:
            found.append(by_face[face_id])
    numbers: dict[int, str] = {}
    shape = (len(crops), settings.size, settings.size)
    return SampleSet(
        crops=np.array(crops, np.uint8).reshape(shape),
        labels=np.array([sample.label is Label.HAPPY for sample in found], np.intp),
        users=tuple(numbers.setdefault(one.user_id, str(len(numbers))) for one in found),
        digests=tuple(sample.digest for sample in found),
    )
