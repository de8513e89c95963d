"""Labelled faces as arrays, and random choices from them for splits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FaceSet:
    """Faces and their labels.

    Attributes:
        greys: (count, size, size), grey levels 0 to 255.
        labels: (count,), positions in the label names of the data set.
        votes: (count, expressions), how many people saw each of `EXPRESSIONS`, all 0 where that is
            not known; None if it is not known of any face.
    """

    greys: NDArray[np.uint8]
    labels: NDArray[np.intp]
    votes: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.greys)

    def subset(self, index: NDArray[Any]) -> "FaceSet":
        """Return the faces at the given positions, or where a mask is true."""
        votes = None if self.votes is None else self.votes[index]
        return FaceSet(self.greys[index], self.labels[index], votes)


def stratified_sample(labels: NDArray[np.intp], share: float, seed: int) -> NDArray[np.bool_]:
    """Choose the same share of each label at random.

    Args:
        labels: (count,).
        share: how much of each label to choose, 0 to 1.
        seed: seed of the random choice.

    Returns:
        (count,), true where chosen.
    """
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        positions = np.flatnonzero(labels == label)
        count = round(share * len(positions))
        chosen[rng.choice(positions, count, replace=False)] = True
    return chosen


def stratified_group_sample(
    labels: NDArray[np.intp], groups: NDArray[np.intp], share: float, seed: int
) -> NDArray[np.bool_]:
    """Choose a share of each label at random, but only whole groups.

    Args:
        labels: (count,).
        groups: (count,), equal numbers for faces that must stay together.
        share: how much of each label to choose, 0 to 1.
        seed: seed of the random choice.

    Returns:
        (count,), true where chosen: never more than the share of a label, and less only where the
        groups are too large to fill it.
    """
    room = np.round(share * np.bincount(labels)).astype(np.intp)
    chosen = np.zeros(len(labels), bool)
    for group in np.random.default_rng(seed).permutation(np.unique(groups)):
        members = groups == group
        needed = np.bincount(labels[members], minlength=len(room))
        if (needed <= room).all():
            chosen |= members
            room -= needed
    return chosen


def group_ids(count: int, groupings: Iterable[list[list[int]]]) -> NDArray[np.intp]:
    """Return a group number for each picture.

    Args:
        count: number of pictures.
        groupings: lists of groups of positions; groups that share a picture become one.

    Returns:
        (count,), equal numbers for pictures of the same group.
    """
    ids = np.arange(count)
    for grouping in groupings:
        for group in grouping:
            ids[np.isin(ids, ids[group])] = ids[group].min()
    return ids
