"""Labelled faces on disk, as arrays, and as the batches that training draws from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from model.augment import Augmentation, augment
from model.errors import DatasetError, ImageError
from model.images import decode
from model.preprocess import Preprocessing, standardise, to_grey

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif"})


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces and what they show.

    Args:
        greys: (count, size, size), grey levels 0 to 255.
        labels: (count,), index into the names they were loaded with.
    """

    greys: NDArray[np.uint8]
    labels: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.greys)

    def subset(self, index: NDArray[Any]) -> "Faces":
        """The faces at the given positions (or where a mask is true)."""
        return Faces(self.greys[index], self.labels[index])


def load_crops(folder: Path, names: Sequence[str], settings: Preprocessing) -> Faces:
    """Load face crops from one folder a label.

    Args:
        folder: holds a folder for each name.
        names: the labels; a face's label is the position of its folder's name here.
        settings: says the size that crops are brought to.

    Returns:
        All faces, label by label, each label's in order of file name.

    Raises:
        DatasetError: a folder is missing, empty, or a picture in it cannot be read.
    """
    greys: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, name in enumerate(names):
        files = _pictures(folder / name)
        greys += [_load(file, settings) for file in files]
        labels += [label] * len(files)
    return Faces(np.stack(greys), np.asarray(labels, np.intp))


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DatasetError(f"Expected a folder of pictures at {folder}; there is none.")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise DatasetError(f"Expected pictures in {folder}; none of its files is one.")
    return files


def _load(file: Path, settings: Preprocessing) -> NDArray[np.uint8]:
    try:
        return to_grey(decode(file.read_bytes()).pixels, settings)
    except ImageError as error:
        raise DatasetError(f"{file}: {error}") from error


def split_off(labels: NDArray[np.intp], share: float, seed: int) -> NDArray[np.bool_]:
    """Choose a share of each label at random.

    Args:
        labels: (count,).
        share: how much of each label to choose, 0 to 1.
        seed: of the choice.

    Returns:
        (count,), true where chosen.
    """
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        of_label = np.flatnonzero(labels == label)
        count = round(share * len(of_label))
        chosen[rng.choice(of_label, count, replace=False)] = True
    return chosen


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled, augmented batches, made anew each epoch.

    Args:
        greys: (count, size, size), grey levels 0 to 255.
        targets: (count,) probabilities of happy, or (count, classes).
        settings: normalisation.
        variation: how strongly faces are varied.
        seed: of the shuffle and the variations; each epoch's differ.
        batch_size: faces a batch.
    """

    def __init__(
        self,
        greys: NDArray[np.uint8],
        targets: NDArray[np.float32],
        settings: Preprocessing,
        variation: Augmentation,
        seed: int,
        batch_size: int = 64,
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
        self._greys = greys
        self._targets = targets
        self._settings = settings
        self._variation = variation
        self._seed = seed
        self._batch_size = batch_size
        self._epoch = 0
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.intp]:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._greys))

    def start_at(self, epoch: int) -> None:
        """Continue as if this many epochs had been drawn, for a resumed training."""
        self._epoch = epoch
        self._order = self._shuffled()

    def __len__(self) -> int:
        # An incomplete last batch is left out: it would upset batch normalisation.
        return max(1, len(self._greys) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        greys = augment(self._greys[chosen].astype(np.float32), self._variation, rng)
        return standardise(greys[..., None], self._settings), self._targets[chosen]

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.start_at(self._epoch + 1)
