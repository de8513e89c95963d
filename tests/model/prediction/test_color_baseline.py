"""A picture without a face is judged by its colours, and modestly."""

import numpy as np
import pytest

from model.prediction.color_baseline import probability_by_color


def plain(*colour: int) -> np.ndarray:
    return np.full((8, 9, 3), colour, np.uint8)


@pytest.mark.parametrize("colour", [(255, 240, 200), (250, 200, 40), (255, 255, 255)])
def test_bright_pictures_lean_towards_happy(colour: tuple[int, int, int]) -> None:
    assert 0.5 < probability_by_color(plain(*colour)) < 0.7


@pytest.mark.parametrize("colour", [(0, 0, 0), (40, 45, 50), (90, 90, 95)])
def test_dark_pictures_lean_towards_sad(colour: tuple[int, int, int]) -> None:
    assert 0.3 < probability_by_color(plain(*colour)) < 0.5


def test_of_equally_bright_pictures_the_more_colourful_is_the_happier() -> None:
    assert probability_by_color(plain(200, 40, 40)) > probability_by_color(plain(200, 190, 190))


def test_half_bright_half_saturated_is_the_middle() -> None:
    assert probability_by_color(plain(128, 64, 64)) == pytest.approx(0.5, abs=0.01)
