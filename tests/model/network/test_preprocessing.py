import numpy as np
import pytest
from PIL import Image

from model.network.preprocessing import Preprocessing, preprocess, standardize, to_grey
from tests.support.portraits import portrait

SETTINGS = Preprocessing()


def face() -> Image.Image:
    return portrait().crop((160, 60, 290, 190))


def test_the_input_is_standardized_grey() -> None:
    prepared = preprocess(np.asarray(face()), SETTINGS)
    assert prepared.shape == (48, 48, 1)
    assert prepared.dtype == np.float32
    assert prepared.mean() == pytest.approx(0, abs=1e-5)
    assert prepared.std() == pytest.approx(1, abs=1e-5)


def test_exposure_and_contrast_do_not_matter() -> None:
    original = np.asarray(face()).astype(np.float32)
    darker = (original * 0.5 + 20).astype(np.uint8)
    difference = preprocess(original.astype(np.uint8), SETTINGS) - preprocess(darker, SETTINGS)
    assert np.abs(difference).max() < 0.05


def test_color_and_grey_crops_give_the_same_input() -> None:
    color = np.asarray(face())
    grey = np.asarray(face().convert("L"))
    np.testing.assert_array_equal(preprocess(color, SETTINGS), preprocess(grey, SETTINGS))


def test_noise_in_a_uniform_crop_is_not_amplified() -> None:
    prepared = preprocess(np.full((60, 60, 3), 130, np.uint8), SETTINGS)
    assert np.isfinite(prepared).all()
    assert np.abs(prepared).max() < 0.2


def test_a_crop_of_the_input_size_is_not_resampled() -> None:
    crop = np.arange(48 * 48, dtype=np.uint32).reshape(48, 48).astype(np.uint8)
    np.testing.assert_array_equal(to_grey(crop, SETTINGS), crop)


def test_training_batches_and_single_crops_are_standardized_alike() -> None:
    greys = np.random.default_rng(1).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    batch = standardize(greys.astype(np.float32)[..., None], SETTINGS)
    for grey, row in zip(greys, batch, strict=True):
        np.testing.assert_allclose(preprocess(grey, SETTINGS), row, atol=1e-6)
