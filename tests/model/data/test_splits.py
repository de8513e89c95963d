import numpy as np
import pytest

from model.data import splits
from model.data.face_set import FaceSet, stratified_sample
from model.data.loading import LoadedFaces
from model.data.perceptual_hash import fingerprint
from model.data.splits import DatasetSplit, cross_validation_splits, split_dataset
from model.errors import DatasetError
from tests.support.drawn_faces import drawn_face

NAMES = ("sad", "happy")


def load_part(count: int, seed: int, copies: int = 1) -> LoadedFaces:
    """Return `count` different faces of each mood, each in `copies` of increasing brightness."""
    rng = np.random.default_rng(seed)
    greys, labels = [], []
    for label, mood in enumerate(NAMES):
        for _ in range(count):
            grey = np.asarray(drawn_face(mood, rng)) // 2
            greys += [grey + 3 * copy for copy in range(copies)]
            labels += [label] * copies
    return LoadedFaces(FaceSet(np.stack(greys).astype(np.uint8), np.array(labels)))


def hashes(faces: FaceSet) -> list[bytes]:
    """Return a hash for each face, which its copies share."""
    return [fingerprint(grey).bits.tobytes() for grey in faces.greys]


def parts(data: DatasetSplit) -> list[FaceSet]:
    return [data.train, data.calibration, data.validation]


def test_one_folder_is_split_by_shares_of_each_label() -> None:
    data = split_dataset(NAMES, {"train": load_part(50, seed=1)}, seed=1)
    assert data.counts() == {
        "train": {"sad": 32, "happy": 32},
        "calibration": {"sad": 8, "happy": 8},
        "validation": {"sad": 10, "happy": 10},
    }
    assert data.evaluation is data.validation
    assert data.selection is data.calibration


def test_no_two_parts_share_copies() -> None:
    data = split_dataset(NAMES, {"train": load_part(30, seed=1, copies=3)}, seed=1)
    seen = [set(hashes(faces)) for faces in parts(data)]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert sum(len(faces) for faces in parts(data)) == 180


def test_cross_validation_measures_on_each_face_once_and_never_on_a_copy() -> None:
    loaded = {"train": load_part(30, seed=1, copies=2)}
    folds = cross_validation_splits(NAMES, loaded, seed=1)
    assert len(folds) == 5
    measured = [grey.tobytes() for data in folds for grey in data.validation.greys]
    assert sorted(measured) == sorted(grey.tobytes() for grey in loaded["train"].faces.greys)
    for data in folds:
        assert data.counts()["validation"] == {"sad": 12, "happy": 12}
        assert not set(hashes(data.validation)) & set(hashes(data.train))
        assert not set(hashes(data.validation)) & set(hashes(data.calibration))


def test_cross_validation_needs_a_folder_without_parts() -> None:
    loaded = {"train": load_part(20, seed=1), "validation": load_part(5, seed=2)}
    with pytest.raises(DatasetError, match="without validation/ and test/"):
        cross_validation_splits(NAMES, loaded, seed=1)


def test_faces_of_duplicate_photos_stay_together() -> None:
    one = load_part(30, seed=1)
    rng = np.random.default_rng(5)
    photos = [fingerprint(np.asarray(drawn_face("happy", rng))) for _ in range(30)]
    # The photo of each sad face is also that of a happy one.
    data = split_dataset(NAMES, {"train": LoadedFaces(one.faces, photos + photos)}, seed=1)
    position = {grey.tobytes(): index for index, grey in enumerate(one.faces.greys)}
    seen = [{position[grey.tobytes()] % 30 for grey in faces.greys} for faces in parts(data)]
    assert sum(len(indices) for indices in seen) == 30


def test_the_split_depends_only_on_the_seed() -> None:
    loaded = {"train": load_part(30, seed=1)}
    assert (
        split_dataset(NAMES, loaded, seed=1).digest()
        == split_dataset(NAMES, loaded, seed=1).digest()
    )
    assert (
        split_dataset(NAMES, loaded, seed=1).digest()
        != split_dataset(NAMES, loaded, seed=2).digest()
    )


def test_training_pictures_that_are_also_in_validation_or_test_are_left_out() -> None:
    train, validation, test = load_part(40, seed=1), load_part(10, seed=2), load_part(10, seed=3)
    both = FaceSet(
        np.concatenate([train.faces.greys, validation.faces.greys[:3], test.faces.greys[:2]]),
        np.concatenate([train.faces.labels, validation.faces.labels[:3], test.faces.labels[:2]]),
    )
    data = split_dataset(
        NAMES, {"train": LoadedFaces(both), "validation": validation, "test": test}, seed=1
    )
    assert data.skipped == {"also in validation or test": 5}
    assert len(data.train) + len(data.calibration) == 80
    assert data.evaluation is test.faces


def test_large_data_sets_with_a_validation_part_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(splits, "MIN_LARGE_DATASET", 80)
    train, validation = load_part(40, seed=1), load_part(10, seed=1)
    data = split_dataset(NAMES, {"train": train, "validation": validation}, seed=1)
    held_out = stratified_sample(train.faces.labels, 0.1, seed=1)
    np.testing.assert_array_equal(data.calibration.greys, train.faces.greys[held_out])
    np.testing.assert_array_equal(data.train.greys, train.faces.greys[~held_out])
    assert data.selection is data.validation is validation.faces


def test_a_label_with_only_copies_is_an_error() -> None:
    varied, same = load_part(30, seed=1).faces, load_part(1, seed=2, copies=30).faces
    greys = np.concatenate([varied.greys[:30], same.greys[30:]])
    faces = FaceSet(greys, np.array([0] * 30 + [1] * 30))
    with pytest.raises(DatasetError, match=r"Expected happy pictures that differ.*Add other happy"):
        split_dataset(NAMES, {"train": LoadedFaces(faces)}, seed=1)


def test_drawn_faces_differ() -> None:
    """Check what the other tests assume."""
    faces = load_part(50, seed=1).faces
    assert len(set(hashes(faces))) == len(faces)
