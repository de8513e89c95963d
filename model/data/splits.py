"""Split a data set into training, calibration, validation and test, without shared duplicates."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet, group_ids, stratified_group_sample, stratified_sample
from model.data.folder_layout import (
    HAPPY,
    NEUTRAL,
    SAD,
    TEST,
    TRAIN,
    VALIDATION,
    count_labels,
    read_layout,
)
from model.data.loading import (
    CropReader,
    LoadedFaces,
    OnSkipped,
    PhotoReader,
    ProgressBar,
    load_faces,
)
from model.data.perceptual_hash import find_duplicates, fingerprint
from model.errors import DatasetError
from model.network.preprocessing import Preprocessing

# From this many faces on, a training can start from scratch, and a duplicate on both sides of the
# split does not change the metrics.
MIN_LARGE_DATASET = 10_000
_VALIDATION_SHARE = 0.2  # of the faces, if the folder has no validation part
_CALIBRATION_SHARE = {True: 0.1, False: 0.2}  # of the training faces, if they are many or not


@dataclass(frozen=True, slots=True)
class DatasetSplit:
    """A data set, ready to train on.

    Attributes:
        names: the labels: sad, happy, then others.
        train: faces to learn from.
        calibration: faces to fit temperature and threshold on.
        validation: faces to measure with, unless there is a test part.
        test: the folder's test part, if it has one.
        is_large: there are many faces. If not, the calibration faces also decide when to stop, and
            the validation faces are not looked at before the end.
        skipped: how many pictures were left out, by reason.
    """

    names: tuple[str, ...]
    train: FaceSet
    calibration: FaceSet
    validation: FaceSet
    test: FaceSet | None
    is_large: bool
    skipped: dict[str, int]

    @property
    def evaluation(self) -> FaceSet:
        """The faces that the finished model is measured on."""
        return self.validation if self.test is None else self.test

    @property
    def selection(self) -> FaceSet:
        """The faces that the best epoch is selected on."""
        return self.validation if self.is_large else self.calibration

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of faces by part and label."""
        parts = {
            "train": self.train,
            "calibration": happy_and_sad(self.calibration),
            "validation": self.validation,
            "test": self.test,
        }
        return {
            part: count_labels(faces.labels.tolist(), self.names)
            for part, faces in parts.items()
            if faces is not None
        }

    def digest(self) -> str:
        """Return the SHA-256 of all faces and labels, in hexadecimal: equal for equal data."""
        digest = hashlib.sha256(repr(self.names).encode())
        for faces in (self.train, self.calibration, self.validation, self.test):
            if faces is not None:
                digest.update(faces.greys.tobytes())
                digest.update(faces.labels.astype(np.int64).tobytes())
                if faces.votes is not None:
                    digest.update(faces.votes.tobytes())
        return digest.hexdigest()


def happy_and_sad(faces: FaceSet) -> FaceSet:
    """Return the happy and the sad faces; label 1 is happy, 0 is sad."""
    return faces.subset(faces.labels <= 1)


def neutral_faces(data: DatasetSplit) -> FaceSet | None:
    """Return the neutral faces among those to measure on; None if there are none."""
    if NEUTRAL not in data.names:
        return None
    faces = data.evaluation.subset(data.evaluation.labels == data.names.index(NEUTRAL))
    return faces if len(faces) else None


def load_dataset(
    folder: Path,
    reader: CropReader | PhotoReader,
    settings: Preprocessing,
    seed: int,
    on_skipped: OnSkipped,
    progress: ProgressBar = iter,
) -> DatasetSplit:
    """Read a data set and split it; see `read_layout`, `load_faces` and `split_dataset`.

    Raises:
        DatasetError: the pictures are not as expected.
    """
    layout = read_layout(folder)
    loaded = load_faces(layout, reader, settings, on_skipped, progress)
    return split_dataset(layout.names, loaded, seed)


def split_dataset(
    names: tuple[str, ...], loaded: dict[str, LoadedFaces], seed: int
) -> DatasetSplit:
    """Split a data set so that no picture has a (near) duplicate in another part.

    Pictures that are split here stay together with their duplicates. Training pictures with a
    duplicate in the folder's own validation or test part are left out. A large data set with a
    validation part, such as the published ones, is taken as it is.

    Args:
        names: the labels.
        loaded: train and, if the folder has them, validation and test.
        seed: seed of the random choice.

    Raises:
        DatasetError: too many of the happy or of the sad pictures are duplicates of one another for
            them to be split.
    """
    train = loaded[TRAIN].faces
    is_large = len(train) >= MIN_LARGE_DATASET
    skipped = _count_skipped(loaded)
    validation = loaded[VALIDATION].faces if VALIDATION in loaded else None
    test = loaded[TEST].faces if TEST in loaded else None
    if is_large and validation is not None:
        held_out = stratified_sample(train.labels, _CALIBRATION_SHARE[is_large], seed)
        parts = train.subset(~held_out), train.subset(held_out), validation
        return DatasetSplit(names, *parts, test, is_large, skipped)
    ids = _duplicate_groups(loaded)
    elsewhere = np.concatenate([[-1], *(ids[part] for part in loaded if part != TRAIN)])
    unique = ~np.isin(ids[TRAIN], elsewhere)
    if not unique.all():
        skipped["also in validation or test"] = int((~unique).sum())
    train, groups = train.subset(unique), ids[TRAIN][unique]
    parts = _split_by_groups(train, groups, validation, _CALIBRATION_SHARE[is_large], seed)
    return DatasetSplit(names, *parts, test, is_large, skipped)


def cross_validation_splits(
    names: tuple[str, ...], loaded: dict[str, LoadedFaces], seed: int, count: int = 5
) -> list[DatasetSplit]:
    """Split a data set without a validation part so that each face is once in that part.

    Args:
        names: the labels.
        loaded: train, and nothing else.
        seed: seed of the random choice.
        count: number of splits.

    Returns:
        The splits; copies of a picture are in the same part of each.

    Raises:
        DatasetError: the folder has parts of its own; or too many of the happy or of the sad
            pictures are duplicates of one another.
    """
    if set(loaded) != {TRAIN}:
        raise DatasetError(
            "Expected a folder without validation/ and test/: with cross-validation, each picture "
            "is measured on once."
        )
    faces, groups = loaded[TRAIN].faces, _duplicate_groups(loaded)[TRAIN]
    fold = np.full(len(faces), count - 1)
    for number in range(count - 1):
        left = np.flatnonzero(fold == count - 1)
        share = 1 / (count - number)
        chosen = stratified_group_sample(faces.labels[left], groups[left], share, seed)
        fold[left[chosen]] = number
    splits = []
    for number in range(count):
        inside = fold == number
        parts = _split_by_groups(
            faces.subset(~inside),
            groups[~inside],
            faces.subset(inside),
            _CALIBRATION_SHARE[False],
            seed,
        )
        splits.append(DatasetSplit(names, *parts, None, False, _count_skipped(loaded)))
    return splits


def _split_by_groups(
    train: FaceSet,
    groups: NDArray[np.intp],
    validation: FaceSet | None,
    calibration_share: float,
    seed: int,
) -> tuple[FaceSet, FaceSet, FaceSet]:
    """Split faces into training, calibration and, unless it is given, validation."""
    if validation is None:
        chosen = stratified_group_sample(train.labels, groups, _VALIDATION_SHARE, seed)
        validation = train.subset(chosen)
        train, groups = train.subset(~chosen), groups[~chosen]
    held_out = stratified_group_sample(train.labels, groups, calibration_share, seed)
    parts = train.subset(~held_out), train.subset(held_out), validation
    for faces in parts:
        _require_both_moods(faces)
    return parts


def _count_skipped(loaded: dict[str, LoadedFaces]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in loaded.values():
        for reason, count in part.skipped.items():
            total[reason] = total.get(reason, 0) + count
    return total


def _duplicate_groups(loaded: dict[str, LoadedFaces]) -> dict[str, NDArray[np.intp]]:
    """Return group numbers for the faces of each part: equal if the faces or photos are."""
    faces = [fingerprint(grey) for part in loaded.values() for grey in part.faces.greys]
    photos = [photo for part in loaded.values() for photo in part.photos]
    ids = group_ids(len(faces), [find_duplicates(faces), find_duplicates(photos)])
    ends = np.cumsum([len(part.faces) for part in loaded.values()])
    return dict(zip(loaded, np.split(ids, ends[:-1]), strict=True))


def _require_both_moods(faces: FaceSet) -> None:
    for label, mood in enumerate((SAD, HAPPY)):
        if not (faces.labels == label).any():
            raise DatasetError(
                f"Expected {mood} pictures that differ; nearly all of them are copies of one "
                f"another, and copies must not be split. Add other {mood} pictures; "
                "python -m scripts.clean lists the copies."
            )
