from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from model.faces.crops import encode_png
from model.network.preprocessing import Preprocessing
from model.prediction.occlusion import draw_heat_map, occlusion_map, visible_strength
from model.prediction.predictor import Predictor
from model.prediction.results import Box, Explanation, FaceInPhoto
from tests.support.portraits import ASTRONAUT, jpeg_of, portrait


class BrightCorner:
    """A model whose probability of happy is the brightness of the lower left quarter."""

    preprocessing = Preprocessing()

    def probability_happy(self, crop: np.ndarray) -> float:
        return float(crop[24:, :24].mean() / 255)


def bright_corner() -> np.ndarray:
    crop = np.zeros((96, 96, 3), np.uint8)
    crop[48:, :48] = 250
    return crop


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def test_the_decisive_part_has_the_highest_values() -> None:
    heat = occlusion_map(BrightCorner(), bright_corner())
    assert heat.shape == (48, 48)
    assert heat[30:, :18].min() > 0.1
    assert np.abs(heat[:15]).max() < 0.01
    assert np.abs(heat[:, 33:]).max() < 0.01


def test_parts_that_speak_against_happy_are_negative() -> None:
    # The dark corner lowers the probability of happy; covered with grey, it is brighter.
    heat = occlusion_map(BrightCorner(), 250 - bright_corner())
    assert heat[30:, :18].max() < -0.1


def test_values_are_decreases_of_the_probability() -> None:
    crop = bright_corner()[::2, ::2].copy()
    heat = occlusion_map(BrightCorner(), crop)
    covered = crop.copy()
    covered[30:48, 0:18] = round(crop.mean())  # a square inside the corner
    fall = BrightCorner().probability_happy(crop) - BrightCorner().probability_happy(covered)
    assert heat.max() == pytest.approx(fall, rel=0.01)


def test_eyes_and_mouth_of_a_smiling_face_speak_for_happy(predictor: Predictor) -> None:
    (crop,) = predictor.predict(ASTRONAUT.read_bytes()).crops
    assert crop.shape == (96, 96, 3)
    heat = occlusion_map(predictor, crop)
    features = np.zeros(heat.shape, bool)
    features[12:42, 12:36] = True
    assert heat[features].mean() > 3 * abs(heat[~features].mean())


@pytest.mark.parametrize("shape", [(96, 96, 3), (300, 120, 3), (16, 2000, 3)])
def test_crops_of_any_shape_can_be_explained(predictor: Predictor, shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    heat = occlusion_map(predictor, picture)
    assert np.isfinite(heat).all()
    shown = draw_heat_map(picture, visible_strength(heat, 0.5))
    assert 512 <= max(shown.size) <= 1024
    assert shown.width / shown.height == pytest.approx(shape[1] / shape[0], rel=0.2)


def drawn(heat: np.ndarray, probability: float) -> np.ndarray:
    """Return the map as drawn on a grey square of 384 pixels, 8 for each value."""
    strength = visible_strength(heat, probability)
    shown = draw_heat_map(np.full((96, 96, 3), 128, np.uint8), strength).resize((384, 384))
    return np.asarray(shown, int)


def test_orange_is_for_the_verdict_and_blue_against_it() -> None:
    heat = np.zeros((48, 48), np.float32)
    heat[30:40, 8:18] = 0.3
    heat[5:15, 30:40] = -0.3
    happy, sad = drawn(heat, 0.9), drawn(heat, 0.1)
    for_happy, against_happy = (35 * 8, 13 * 8), (10 * 8, 35 * 8)
    red, _, blue = happy[for_happy]
    assert red > blue + 60
    red, _, blue = happy[against_happy]
    assert blue > red + 60
    assert np.abs(sad[for_happy] - happy[against_happy]).max() <= 1


def test_neutral_parts_stay_grey_and_noise_is_not_amplified() -> None:
    noise = np.random.default_rng(0).normal(0, 1e-5, (48, 48)).astype(np.float32)
    assert np.abs(drawn(noise, 0.9) - 128).max() <= 2
    assert np.abs(drawn(np.zeros((48, 48), np.float32), 0.9) - 128).max() == 0


def test_the_heat_map_of_a_very_confident_verdict_is_visible() -> None:
    heat = np.zeros((48, 48), np.float32)
    heat[30:40, 8:18] = 0.0004
    red, _, blue = drawn(heat, 0.9998)[35 * 8, 13 * 8]
    assert red > blue + 60


def test_a_probability_of_one_can_be_drawn() -> None:
    assert drawn(np.zeros((48, 48), np.float32), 1.0).shape == (384, 384, 3)


def test_the_heat_map_shows_the_crop(predictor: Predictor) -> None:
    photo = predictor.predict(ASTRONAUT.read_bytes())
    shown = draw_heat_map(photo.crops[0], np.zeros((48, 48), np.float32))
    grey = Image.fromarray(photo.crops[0]).convert("L")
    expected = grey.resize((512, 512), Image.Resampling.LANCZOS).convert("RGB")
    assert np.abs(np.asarray(shown, int) - np.asarray(expected, int)).max() <= 1


def test_a_color_is_either_visible_or_left_out() -> None:
    heat = np.zeros((48, 48), np.float32)
    heat[30:40, 8:18] = 0.3
    for against, lowest in ((-0.03, 0), (-0.1, pytest.approx(-1 / 3))):
        heat[5:15, 30:40] = against
        strength = visible_strength(heat, 0.9)
        assert (strength.max(), strength.min()) == (1, lowest)
        assert (visible_strength(heat, 0.1) == -strength).all()


def test_where_no_blue_is_named_there_is_none() -> None:
    heat = np.zeros((48, 48), np.float32)
    heat[30:40, 8:18] = 0.3
    heat[5:15, 30:40] = -0.03
    red, _, blue = np.moveaxis(drawn(heat, 0.9), 2, 0)
    assert (blue - red).max() <= 0


def test_a_face_is_drawn_as_sharp_as_its_photo(predictor: Predictor) -> None:
    # Hair-thin lines on a large face, which the network's small crop cannot hold.
    large = np.array(portrait().resize((2048, 2048), Image.Resampling.BICUBIC))
    large[::4] //= 2
    file = jpeg_of(Image.fromarray(large))
    photo = predictor.predict(file)
    crop, box = encode_png(photo.crops[0]), photo.faces[0].box
    blurred, sharp = (predictor.explain(crop, place) for place in (None, FaceInPhoto(file, box)))
    assert (sharp.probability_happy, sharp.has_blue) == (
        blurred.probability_happy,
        blurred.has_blue,
    )
    assert lines_in(sharp) > 5 * lines_in(blurred)


def lines_in(shown: Explanation) -> float:
    """Return how much neighbouring rows differ on average, 0 to 255."""
    with Image.open(BytesIO(shown.heat_map)) as picture:
        assert min(picture.size) >= 512
        rows = np.asarray(picture.convert("L"), float)
    return float(np.abs(np.diff(rows, axis=0)).mean())


def test_another_face_of_the_photo_is_not_shown_instead(predictor: Predictor) -> None:
    file = jpeg_of(portrait())
    crop = encode_png(predictor.predict(file).crops[0])
    elsewhere = FaceInPhoto(file, Box(300, 300, 400, 400))
    damaged = FaceInPhoto(b"no picture", Box(172, 72, 277, 177))
    assert predictor.explain(crop, elsewhere) == predictor.explain(crop, damaged)
    assert predictor.explain(crop, elsewhere) == predictor.explain(crop)
