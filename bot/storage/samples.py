"""What retraining learns from: pictures of faces, each with the one label that people gave it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from sqlalchemy import select

from bot.storage import accepted_labels
from bot.storage.accepted_labels import AcceptedLabel
from bot.storage.answers import Label
from bot.storage.database import Database
from bot.storage.runs import RESULTS
from bot.storage.schema import run_lessons, runs


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture of a face, however often it was sent, and what it shows."""

    digest: str  # SHA-256 of the crop, in hexadecimal
    label: Label  # happy or sad
    face_id: int  # one of those with this crop
    user_id: int  # who said so first
    corrections: tuple[int, ...]  # ids of those that say so
    is_new: bool  # the last retraining that came to a result did not know


@dataclass(frozen=True, slots=True)
class NewSamples:
    """What there is to learn since the last retraining that came to a result."""

    total: int  # lessons, the known ones among them
    new: int
    happy: int  # of the new ones
    sad: int  # of the new ones
    by_user: Mapping[int, int]  # new ones by who said so first, most first


async def find_samples(database: Database, trusted: Collection[int]) -> list[Sample]:
    """All that may be learned from, known or new.

    Args:
        database: where from.
        trusted: ids of the users whose words count at once, the admins among them.

    Returns:
        The lessons, oldest first.

    Raises:
        StorageError: the database cannot be read.
    """
    words = await accepted_labels.load(database, trusted)
    # Also what a version had learned that was rolled back since: with nothing else to learn, a
    # schedule would only make the same version anew, and put it back into service.
    known = select(run_lessons.c.correction_id).join(runs).where(runs.c.state.in_(RESULTS))
    async with database.reading() as connection:
        learned = set((await connection.execute(known)).scalars())
    # In a thread: with a hundred thousand words it takes long enough for taps to wait noticeably.
    return await asyncio.to_thread(fold, words, frozenset(trusted), learned)


def fold(
    words: Iterable[AcceptedLabel], trusted: Collection[int], learned: Set[int]
) -> list[Sample]:
    """Give each picture one vote, whoever sent it and however often.

    Where trusted users say something, most of them decide, else most of the others. If as many say
    one thing as the other, nothing is learned from the picture.

    Args:
        words: that count; of each user at most one about a picture.
        trusted: ids of the users who overrule the others.
        learned: ids of the corrections that are known already.
    """
    pictures: dict[bytes, list[AcceptedLabel]] = defaultdict(list)
    for word in words:
        pictures[word.crop_digest].append(word)
    samples = []
    for digest, said in pictures.items():
        votes = [word for word in said if word.user_id in trusted] or said
        label = _majority(votes)
        if label is not None:
            agreed = [word for word in votes if word.label == label]
            ids = tuple(word.correction_id for word in agreed)
            samples.append(
                Sample(
                    digest.hex(),
                    label,
                    agreed[0].face_id,
                    agreed[0].user_id,
                    ids,
                    is_new=learned.isdisjoint(ids),
                )
            )
    return samples


def _majority(votes: Sequence[AcceptedLabel]) -> Label | None:
    if len(votes) == 1:
        return votes[0].label
    counts = Counter(word.label for word in votes).most_common(2)
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        return None
    return counts[0][0]


async def count_new_samples(database: Database, trusted: Collection[int]) -> NewSamples:
    """Count what there is to learn.

    Args:
        database: where from.
        trusted: ids of the users whose words count at once, the admins among them.

    Raises:
        StorageError: the database cannot be read.
    """
    return await asyncio.to_thread(_news, await find_samples(database, trusted))


def _news(samples: Sequence[Sample]) -> NewSamples:
    new = [sample for sample in samples if sample.is_new]
    labels = Counter(sample.label for sample in new)
    users = Counter(sample.user_id for sample in new)
    return NewSamples(
        len(samples), len(new), labels[Label.HAPPY], labels[Label.SAD], dict(users.most_common())
    )
