"""The plot of /stats. These tests check that it never fails, not how it looks."""

import random
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.replies.stats import plot_texts
from bot.replies.stats_plot import draw
from bot.storage.statistics import CheckedVerdicts, Overview

TODAY = 20_800
DAYS = range(TODAY - 29, TODAY + 1)


def checked(days: int, versions: int = 1) -> tuple[CheckedVerdicts, ...]:
    rng = random.Random(1)
    return tuple(
        CheckedVerdicts(
            day, f"model-$-{day % versions}", index > 5, index, 3 * 0.7, 3, rng.randint(0, 3)
        )
        for day in range(TODAY - days + 1, TODAY + 1)
        for index in range(10)
    )


@pytest.mark.parametrize(
    "verdicts",
    [
        (),
        (CheckedVerdicts(TODAY, "one", True, 9, 0.97, 1, 0),),
        (CheckedVerdicts(TODAY, "unsure only", False, 1, 0.57, 1, 1),),
        checked(1),
        checked(45, versions=3),
        checked(1500, versions=40),
    ],
    ids=["none", "one", "unsure", "a day", "weeks", "years"],
)
def test_any_figures_can_be_plotted(verdicts: tuple[CheckedVerdicts, ...]) -> None:
    found = Overview(1, 1, 1, {}, {TODAY: 5, TODAY - 3: 2}, verdicts)
    with Image.open(BytesIO(draw(found, DAYS, plot_texts()))) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (960, 1280))


def test_different_figures_give_different_plots() -> None:
    few = Overview(1, 1, 1, {}, {TODAY: 1}, checked(2))
    many = Overview(1, 1, 1, {}, dict.fromkeys(DAYS, 9), checked(2))
    assert draw(few, DAYS, plot_texts()) != draw(many, DAYS, plot_texts())


def test_texts_that_the_font_lacks_are_in_english() -> None:
    found = Overview(1, 1, 1, {}, {TODAY: 1}, ())
    english = plot_texts()
    russian, hindi = replace(english, photos="Фото за день"), replace(english, photos="तस्वीरें")
    in_english = draw(found, DAYS, english)
    assert draw(found, DAYS, russian, english) != in_english
    assert draw(found, DAYS, hindi, english) == in_english
