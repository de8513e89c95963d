from dataclasses import replace

import numpy as np
import pytest

from model.training.augmentation import Augmentation, augment, equalize
from tests.support.portraits import portrait

OFF = Augmentation(rotation=0, zoom=0, shift=0, overexposed=0, gamma=1, blur=0, noise=0, covered=0)
STRONG = Augmentation(
    rotation=20.0, turned=1.0, zoom=0.3, looser=1.0, shift=0.2, shear=0.4, equalized=1.0,
    overexposed=1.0, gamma=2.0, shaded=1.0, blur=1.0, noise=1.0, compressed=1.0, covered=1.0,
)  # fmt: skip


def faces(count: int = 8) -> np.ndarray:
    face = portrait().crop((160, 60, 290, 190)).convert("L").resize((48, 48))
    return np.repeat(np.asarray(face)[None].astype(np.float32), count, axis=0)


def test_equal_seeds_give_equal_faces_and_different_seeds_different_ones() -> None:
    first, again, other = (
        augment(faces(), Augmentation(), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 1


def test_faces_of_a_batch_vary_and_keep_shape_and_range() -> None:
    varied = augment(faces(), Augmentation(), np.random.default_rng(1))
    assert varied.shape == (8, 48, 48)
    assert varied.dtype == np.float32
    assert varied.min() >= 0
    assert varied.max() <= 255
    assert all(np.abs(varied[0] - other).mean() > 1 for other in varied[1:])


def test_with_everything_off_faces_are_only_mirrored() -> None:
    varied = augment(faces(32), OFF, np.random.default_rng(1))
    original = faces(1)[0]
    same = [np.abs(face - original).mean() < 0.5 for face in varied]
    mirrored = [np.abs(face[:, ::-1] - original).mean() < 0.5 for face in varied]
    assert all(a or b for a, b in zip(same, mirrored, strict=True))
    assert any(same)
    assert any(mirrored)


@pytest.mark.parametrize("setting", Augmentation.__dataclass_fields__)
def test_each_setting_changes_something(setting: str) -> None:
    settings = replace(OFF, **{setting: getattr(STRONG, setting)})
    varied = augment(faces(), settings, np.random.default_rng(1))
    assert varied.min() >= 0
    assert varied.max() <= 255
    original = faces(1)[0]
    changes = [
        min(np.abs(face - one).mean() for one in (original, original[:, ::-1])) for face in varied
    ]
    # A face may be covered with the same part of another face, and all of these are equal.
    assert sum(change > 0.5 for change in changes) >= (4 if setting == "covered" else 8)


def test_equalized_faces_have_about_as_many_pixels_of_each_level() -> None:
    equal = equalize(faces(1)[0] / 4)
    counts, _ = np.histogram(equal, bins=8, range=(0, 255))
    assert counts.min() > 0.8 * equal.size / 8
    assert (equal.min(), equal.max()) == (0, 255)
    np.testing.assert_array_equal(equalize(np.full((4, 4), 9, np.float32)), np.zeros((4, 4)))


def test_covered_faces_are_otherwise_unchanged() -> None:
    given = np.stack([np.full((48, 48), level, np.float32) for level in (40, 80, 120, 160)])
    covered = augment(given.copy(), replace(OFF, covered=1.0), np.random.default_rng(3))
    shares = np.isclose(covered, given).mean((1, 2))
    assert (shares > 0.5).all()
    assert (shares < 1).any()


def test_the_input_is_not_changed() -> None:
    given = faces()
    augment(given, Augmentation(), np.random.default_rng(1))
    np.testing.assert_array_equal(given, faces())
