"""Samples for retraining: pictures of faces, each with the one label that people gave it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import select

from bot.storage import accepted_labels
from bot.storage.accepted_labels import AcceptedLabel
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.runs import RESULTS
from bot.storage.schema import run_lessons, runs


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture of a face with its label; equal pictures are one sample.

    Attributes:
        digest: SHA-256 of the crop, in hexadecimal.
        label: happy or sad.
        face_id: one of the faces with this crop.
        user_id: the user who gave the label first.
        corrections: ids of the corrections with this label.
        is_new: true if the last retraining with a result used none of them.
    """

    digest: str
    label: Label
    face_id: int
    user_id: int
    corrections: tuple[int, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class NewSamples:
    """How many samples are new since the last retraining that came to a result.

    Attributes:
        total: all samples, known and new.
        new: new samples.
        happy: new samples labeled happy.
        sad: new samples labeled sad.
        by_user: new samples by the user who gave the label first, the largest count first.
        newest_correction: id of the newest correction with the label of a new sample; 0 if there is
            no new sample.
    """

    total: int
    new: int
    happy: int
    sad: int
    by_user: Mapping[int, int]
    newest_correction: int


async def find_samples(database: Database, trusted: Collection[int]) -> list[Sample]:
    """Return all samples, known and new, oldest first.

    Args:
        database: the database to read.
        trusted: ids of the users whose corrections count at once, the admins among them.

    Raises:
        StorageError: the database cannot be read.
    """
    labels = await accepted_labels.load(database, trusted)
    # Samples of a version that was rolled back are known, too: with nothing else to train on, a
    # schedule would only make the same version again, and put it back into service.
    known = select(run_lessons.c.correction_id).join(runs).where(runs.c.state.in_(RESULTS))
    async with database.reading() as connection:
        known_ids = set((await connection.execute(known)).scalars())
    # In a thread: a hundred thousand labels take long enough for taps to wait noticeably.
    return await asyncio.to_thread(merge_by_picture, labels, frozenset(trusted), known_ids)


def merge_by_picture(
    labels: Iterable[AcceptedLabel], trusted: Collection[int], known: Set[int]
) -> list[Sample]:
    """Merge the labels of equal pictures into one sample by majority.

    The majority of the trusted users decides, or that of the others where no trusted user gave a
    label. With a tie there is no sample.

    Args:
        labels: labels that count; at most one of each user about a picture.
        trusted: ids of the users who overrule the others.
        known: ids of the corrections that are not new.
    """
    by_picture: dict[bytes, list[AcceptedLabel]] = defaultdict(list)
    for label in labels:
        by_picture[label.crop_digest].append(label)
    samples = (_merge(given, trusted, known) for given in by_picture.values())
    return [sample for sample in samples if sample is not None]


def _merge(
    given: Sequence[AcceptedLabel], trusted: Collection[int], known: Set[int]
) -> Sample | None:
    votes = [label for label in given if label.user_id in trusted] or given
    majority = _majority(votes)
    if majority is None:
        return None
    agreed = [vote for vote in votes if vote.label == majority]
    first, ids = agreed[0], tuple(vote.correction_id for vote in agreed)
    digest, is_new = first.crop_digest.hex(), known.isdisjoint(ids)
    return Sample(digest, majority, first.face_id, first.user_id, ids, is_new)


def _majority(votes: Sequence[AcceptedLabel]) -> Label | None:
    if len(votes) == 1:
        return votes[0].label
    counts = Counter(vote.label for vote in votes).most_common(2)
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        return None
    return counts[0][0]


async def count_new_samples(database: Database, trusted: Collection[int]) -> NewSamples:
    """Count the samples that are new.

    Args:
        database: the database to read.
        trusted: ids of the users whose corrections count at once, the admins among them.

    Raises:
        StorageError: the database cannot be read.
    """
    return await asyncio.to_thread(_count_new, await find_samples(database, trusted))


def _count_new(samples: Sequence[Sample]) -> NewSamples:
    new = [sample for sample in samples if sample.is_new]
    labels = Counter(sample.label for sample in new)
    users = Counter(sample.user_id for sample in new)
    return NewSamples(
        len(samples),
        len(new),
        labels[Label.HAPPY],
        labels[Label.SAD],
        dict(users.most_common()),
        max((max(sample.corrections) for sample in new), default=0),
    )
