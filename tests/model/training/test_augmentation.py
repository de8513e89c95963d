import numpy as np
import pytest

from model.training.augmentation import Augmentation, augment
from tests.support.portraits import portrait

OFF = Augmentation(rotation=0, zoom=0, shift=0, erase=0, blur=0, noise=0, overexposed=0, gamma=1)


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


@pytest.mark.parametrize(
    "setting", ["rotation", "zoom", "shift", "erase", "blur", "noise", "overexposed", "gamma"]
)
def test_each_setting_changes_something(setting: str) -> None:
    strong = {
        "rotation": 20.0,
        "zoom": 0.3,
        "shift": 0.2,
        "erase": 1.0,
        "blur": 1.0,
        "noise": 1.0,
        "overexposed": 1.0,
        "gamma": 2.0,
    }
    values = {
        name: strong[name] if name == setting else getattr(OFF, name)
        for name in OFF.__dataclass_fields__
    }
    varied = augment(faces(), Augmentation(**values), np.random.default_rng(1))
    original = faces(1)[0]
    for face in varied:
        assert min(np.abs(face - o).mean() for o in (original, original[:, ::-1])) > 0.5


def test_the_input_is_not_changed() -> None:
    given = faces()
    augment(given, Augmentation(), np.random.default_rng(1))
    np.testing.assert_array_equal(given, faces())
