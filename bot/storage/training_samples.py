"""Lessons as the model takes them: without anything that tells whose they are."""

import logging
from collections import Counter
from collections.abc import Sequence

import numpy as np

from bot.storage.accepted_labels import crops_of, erased_of
from bot.storage.answers import Label
from bot.storage.database import Database
from bot.storage.runs import Taught
from bot.storage.samples import Lesson
from model.errors import ImageError
from model.faces.crops import from_png
from model.network.preprocessing import Preprocessing, to_grey
from model.retraining.samples import Lessons, is_held_out

logger = logging.getLogger(__name__)


def taught(lessons: Sequence[Lesson]) -> Taught:
    """Count lessons for the audit."""
    labels = Counter(lesson.label for lesson in lessons)
    return Taught(
        lessons=len(lessons),
        happy=labels[Label.HAPPY],
        sad=labels[Label.SAD],
        people=len({lesson.user_id for lesson in lessons}),
        held_out=sum(is_held_out(lesson.digest) for lesson in lessons),
        corrections=[one for lesson in lessons for one in lesson.corrections],
    )


async def load(database: Database, lessons: Sequence[Lesson], settings: Preprocessing) -> Lessons:
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
    erased = await erased_of(database, [one for lesson in lessons for one in lesson.corrections])
    by_face = {one.face_id: one for one in lessons if erased.isdisjoint(one.corrections)}
    found, crops = [], []
    async for face_id, png in crops_of(database, list(by_face)):
        try:
            crops.append(to_grey(from_png(png), settings))
        except ImageError:
            logger.warning("The crop of face %d is damaged; nothing is learned from it", face_id)
        else:
            found.append(by_face[face_id])
    numbers: dict[int, str] = {}
    shape = (len(crops), settings.size, settings.size)
    return Lessons(
        crops=np.array(crops, np.uint8).reshape(shape),
        labels=np.array([lesson.label is Label.HAPPY for lesson in found], np.intp),
        users=tuple(numbers.setdefault(one.user_id, str(len(numbers))) for one in found),
        digests=tuple(lesson.digest for lesson in found),
    )
