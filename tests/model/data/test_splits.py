import numpy as np
import pytest

from model.data import splits
from model.data.face_set import FaceSet, stratified_sample
from model.data.loading import LoadedFaces
from model.data.perceptual_hash import fingerprint
from model.data.splits import DatasetSplit, split_dataset
from model.errors import DatasetError
from tests.support.drawn_faces import drawn_face

NAMES = ("sad", "happy")


def part(count: int, seed: int, copies: int = 1) -> LoadedFaces:
    """That many different faces of each mood, each so many times, a little brighter each time."""
    rng = np.random.default_rng(seed)
    greys, labels = [], []
    for label, mood in enumerate(NAMES):
        for _ in range(count):
            grey = np.asarray(drawn_face(mood, rng)) // 2
            greys += [grey + 3 * copy for copy in range(copies)]
            labels += [label] * copies
    return LoadedFaces(FaceSet(np.stack(greys).astype(np.uint8), np.array(labels)))


def prints(faces: FaceSet) -> list[bytes]:
    """What a face and its copies have in common."""
    return [fingerprint(grey).bits.tobytes() for grey in faces.greys]


def parts_of(data: DatasetSplit) -> list[FaceSet]:
    return [data.train, data.calibration, data.validation]


def test_one_folder_is_split_in_shares_of_each_label() -> None:
    data = split_dataset(NAMES, {"train": part(50, seed=1)}, seed=1)
    assert data.counts() == {
        "train": {"sad": 32, "happy": 32},
        "calibration": {"sad": 8, "happy": 8},
        "validation": {"sad": 10, "happy": 10},
    }
    assert data.evaluation is data.validation
    assert data.selection is data.calibration


def test_copies_never_straddle_the_split() -> None:
    data = split_dataset(NAMES, {"train": part(30, seed=1, copies=3)}, seed=1)
    seen = [set(prints(faces)) for faces in parts_of(data)]
    assert all(seen)
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert sum(len(faces) for faces in parts_of(data)) == 180


def test_photos_that_are_alike_stay_together_though_their_faces_differ() -> None:
    one = part(30, seed=1)
    rng = np.random.default_rng(5)
    photos = [fingerprint(np.asarray(drawn_face("happy", rng))) for _ in range(30)]
    # The photo of each sad face is also that of a happy one.
    data = split_dataset(NAMES, {"train": LoadedFaces(one.faces, photos + photos)}, seed=1)
    position = {grey.tobytes(): index for index, grey in enumerate(one.faces.greys)}
    seen = [{position[grey.tobytes()] % 30 for grey in faces.greys} for faces in parts_of(data)]
    assert sum(len(indices) for indices in seen) == 30


def test_the_split_depends_on_nothing_but_the_seed() -> None:
    loaded = {"train": part(30, seed=1)}
    assert (
        split_dataset(NAMES, loaded, seed=1).digest()
        == split_dataset(NAMES, loaded, seed=1).digest()
    )
    assert (
        split_dataset(NAMES, loaded, seed=1).digest()
        != split_dataset(NAMES, loaded, seed=2).digest()
    )


def test_training_pictures_that_are_also_in_validation_or_test_are_left_out() -> None:
    train, validation, test = part(40, seed=1), part(10, seed=2), part(10, seed=3)
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


def test_published_sets_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "MIN_LARGE_DATASET", 80)
    train, validation = part(40, seed=1), part(10, seed=1)
    data = split_dataset(NAMES, {"train": train, "validation": validation}, seed=1)
    held_out = stratified_sample(train.faces.labels, 0.1, seed=1)
    np.testing.assert_array_equal(data.calibration.greys, train.faces.greys[held_out])
    np.testing.assert_array_equal(data.train.greys, train.faces.greys[~held_out])
    assert data.selection is data.validation is validation.faces


def test_a_label_of_nothing_but_copies_is_an_error() -> None:
    varied, same = part(30, seed=1).faces, part(1, seed=2, copies=30).faces
    greys = np.concatenate([varied.greys[:30], same.greys[30:]])
    faces = FaceSet(greys, np.array([0] * 30 + [1] * 30))
    with pytest.raises(DatasetError, match=r"Expected happy pictures that differ.*Add other happy"):
        split_dataset(NAMES, {"train": LoadedFaces(faces)}, seed=1)


def test_drawn_faces_are_told_apart() -> None:
    """The other tests rest on it."""
    faces = part(50, seed=1).faces
    assert len(set(prints(faces))) == len(faces)
