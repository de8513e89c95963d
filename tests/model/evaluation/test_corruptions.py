import numpy as np
import pytest

from model.evaluation.corruptions import CORRUPTIONS, UNCHANGED
from tests.support.portraits import portrait

FACE = np.asarray(portrait().crop((160, 55, 290, 185)).resize((48, 48)))


def sharpness(crop: np.ndarray) -> float:
    return float(np.abs(np.diff(crop.astype(float), axis=0)).mean())


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(48, 48, 3), (97, 64, 3), (16, 16, 3)])
def test_every_corruption_keeps_shape_and_type_and_is_reproducible(
    name: str, shape: tuple[int, ...]
) -> None:
    crop = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = crop.copy()
    changed = CORRUPTIONS[name](crop)
    assert (changed.shape, changed.dtype) == (shape, np.uint8)
    np.testing.assert_array_equal(changed, CORRUPTIONS[name](crop))
    np.testing.assert_array_equal(crop, before)
    assert (changed != crop).any() == (name != UNCHANGED)


def test_corruptions_do_what_their_names_say() -> None:
    changed = {name: change(FACE) for name, change in CORRUPTIONS.items()}
    assert changed["dark"].max() < 30
    assert (changed["bright"] == 255).mean() > (FACE == 255).mean() + 0.1
    assert sharpness(changed["blurred"]) < 0.7 * sharpness(FACE)
    assert sharpness(changed["half_size"]) < 0.9 * sharpness(FACE)
    assert sharpness(changed["noisy"]) > 1.2 * sharpness(FACE)
    assert len(np.unique(changed["lower_covered"][32:])) == 1
    assert len(np.unique(changed["upper_covered"][:16])) == 1
    np.testing.assert_array_equal(changed["lower_covered"][:32], FACE[:32])
    np.testing.assert_array_equal(changed["side_covered"][:, 16:], FACE[:, 16:])
    light = changed["shaded"] / np.maximum(FACE.astype(float), 1)
    assert light[:, -4:].mean() < 0.35 < 0.9 < light[:, :4].mean()
    assert changed["equalized"].std() > FACE.std()


def test_tilting_and_resizing_keep_the_center() -> None:
    crop = np.zeros((60, 60, 3), np.uint8)
    crop[20:40, 20:40] = 255
    areas = {}
    for name in ("tilted_15", "tilted_30", "looser", "tighter", UNCHANGED):
        rows, columns = np.nonzero(CORRUPTIONS[name](crop)[:, :, 0] > 127)
        assert rows.mean() == pytest.approx(29.5, abs=0.6)
        assert columns.mean() == pytest.approx(29.5, abs=0.6)
        areas[name] = len(rows)
    assert areas["tilted_15"] == pytest.approx(areas[UNCHANGED], rel=0.05)
    assert areas["looser"] == pytest.approx(areas[UNCHANGED] / 1.25**2, rel=0.1)
    assert areas["tighter"] == pytest.approx(areas[UNCHANGED] / 0.8**2, rel=0.1)
