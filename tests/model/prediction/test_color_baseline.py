import pytest
from PIL import Image

from model.prediction.color_baseline import probability_by_color


def plain(*color: int) -> Image.Image:
    return Image.new("RGB", (9, 8), color)


@pytest.mark.parametrize("color", [(255, 240, 200), (250, 200, 40), (255, 255, 255)])
def test_bright_photos_are_rather_happy(color: tuple[int, int, int]) -> None:
    assert 0.5 < probability_by_color(plain(*color)) < 0.7


@pytest.mark.parametrize("color", [(0, 0, 0), (40, 45, 50), (90, 90, 95)])
def test_dark_photos_are_rather_sad(color: tuple[int, int, int]) -> None:
    assert 0.3 < probability_by_color(plain(*color)) < 0.5


def test_saturation_increases_the_probability_of_happy() -> None:
    assert probability_by_color(plain(200, 40, 40)) > probability_by_color(plain(200, 190, 190))


def test_medium_brightness_and_saturation_are_neutral() -> None:
    assert probability_by_color(plain(128, 64, 64)) == pytest.approx(0.5, abs=0.01)
