"""Who learns from which faces: training, choosing and calibrating, and measuring."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet, group_ids, stratified_group_sample, stratified_sample
from model.data.folder_layout import HAPPY, SAD, TEST, TRAIN, VALIDATION, count_labels
from model.data.loading import LoadedFaces
from model.data.perceptual_hash import find_duplicates, fingerprint
from model.errors import DatasetError

# Faces. From here on a network learns enough of them to start from nothing, and a copy of a face
# on both sides of the split moves no figure.
MIN_LARGE_DATASET = 10_000
_VALIDATION_SHARE = 0.2  # of the faces, where the folder does not split them itself
_CALIBRATION_SHARE = {True: 0.1, False: 0.2}  # of the training faces, if they are many or not


@dataclass(frozen=True, slots=True)
class DatasetSplit:
    """A data set, ready to train on.

    Args:
        names: of the labels: sad, happy, then others.
        learned: what the network learns from.
        calibration: what temperature and threshold are fitted on.
        validation: what it is measured on, unless there is a test part.
        test: of the folder, if it has one.
        many: there are many faces. If not, the calibration faces also say when to stop, and the
            validation faces nothing at all until the end.
        left_out: how many pictures gave no face, by reason, or were there twice.
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
        """What the finished model is measured on."""
        return self.validation if self.test is None else self.test

    @property
    def selection(self) -> FaceSet:
        """What the best epoch is chosen on."""
        return self.validation if self.is_large else self.calibration

    def counts(self) -> dict[str, dict[str, int]]:
        """Faces by part and label."""
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
        """SHA-256 of all faces and labels, in hexadecimal: equal for equal data."""
        digest = hashlib.sha256(repr(self.names).encode())
        for faces in (self.train, self.calibration, self.validation, self.test):
            if faces is not None:
                digest.update(faces.greys.tobytes())
                digest.update(faces.labels.astype(np.int64).tobytes())
        return digest.hexdigest()


def happy_and_sad(faces: FaceSet) -> FaceSet:
    """The happy and the sad faces; label 1 is happy, 0 is sad."""
    return faces.subset(faces.labels <= 1)


def split_dataset(
    names: tuple[str, ...], loaded: dict[str, LoadedFaces], seed: int
) -> DatasetSplit:
    """Part a data set so that (nearly) equal pictures are never on both sides.

    Pictures that are split here stay with their copies; training pictures whose copy is in the
    folder's own validation or test part are left out. Of many pictures with a validation part,
    such as the published sets, the parts are taken as they are.

    Args:
        names: of the labels.
        gathered: train and, if the folder has them, validation and test.
        seed: of the choice.

    Returns:
        The parts.

    Raises:
        DatasetError: so many happy or sad pictures are copies of one that they cannot be split.
    """
    train = loaded[TRAIN].faces
    is_large = len(train) >= MIN_LARGE_DATASET
    skipped = _left_out(loaded)
    own = loaded[VALIDATION].faces if VALIDATION in loaded else None
    test = loaded[TEST].faces if TEST in loaded else None
    if is_large and own is not None:
        held_out = stratified_sample(train.labels, _CALIBRATION_SHARE[is_large], seed)
        train, calibration = train.subset(~held_out), train.subset(held_out)
        return DatasetSplit(names, train, calibration, own, test, is_large, skipped)
    ids = _ids(loaded)
    others = np.concatenate([[-1], *(ids[part] for part in loaded if part != TRAIN)])
    fresh = ~np.isin(ids[TRAIN], others)
    if not fresh.all():
        skipped["also in validation or test"] = int((~fresh).sum())
    train, groups_left = train.subset(fresh), ids[TRAIN][fresh]
    validation = own
    if validation is None:
        chosen = stratified_group_sample(train.labels, groups_left, _VALIDATION_SHARE, seed)
        validation = train.subset(chosen)
        train, groups_left = train.subset(~chosen), groups_left[~chosen]
    held_out = stratified_group_sample(
        train.labels, groups_left, _CALIBRATION_SHARE[is_large], seed
    )
    parts = train.subset(~held_out), train.subset(held_out), validation
    for faces in parts:
        _check(faces)
    return DatasetSplit(names, *parts, test, is_large, skipped)


def _left_out(loaded: dict[str, LoadedFaces]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in loaded.values():
        for reason, count in one.skipped.items():
            total[reason] = total.get(reason, 0) + count
    return total


def _ids(loaded: dict[str, LoadedFaces]) -> dict[str, NDArray[np.intp]]:
    """For each part the groups of its faces; alike as faces or as photos is one group."""
    faces = [fingerprint(grey) for one in loaded.values() for grey in one.faces.greys]
    photos = [photo for one in loaded.values() for photo in one.photos]
    ids = group_ids(len(faces), [find_duplicates(faces), find_duplicates(photos)])
    ends = np.cumsum([len(one.faces) for one in loaded.values()])
    return dict(zip(loaded, np.split(ids, ends[:-1]), strict=True))


def _check(faces: FaceSet) -> None:
    for label, mood in enumerate((SAD, HAPPY)):
        if not (faces.labels == label).any():
            raise DatasetError(
                f"Expected {mood} pictures that differ; nearly all of them are copies of one "
                f"another, and copies must not be split. Add other {mood} pictures; "
                "python -m scripts.clean lists the copies."
            )
