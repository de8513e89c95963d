"""The picture that goes with /stats: made to be read on a phone, in any thread.

Importing this takes as long as importing matplotlib does; do so only where a picture is drawn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from bot.replies.stats import PlotTexts
from bot.storage.statistics import DAY_S, CheckedVerdicts, Overview
from model.evaluation.plots import BLUE, GREY, ORANGE, wilson_interval

MAX_MODELS = 5
MAX_POINTS = 30  # over time
_INCHES, _DOTS_PER_INCH = (6, 8), 160  # Telegram shows no more than 1280 dots a side
_MAX_NAME = 24
_WIDE, _NARROW = 45, 20  # letters of a title

Key = TypeVar("Key", int, str)


def draw(found: Overview, days: range, *choice: PlotTexts) -> bytes:
    """Draw photos a day, and how right the bot was over time, by model and by confidence.

    Args:
        found: what was counted.
        days: of which the photos are shown, up to today, in days since 1970, UTC.
        choice: what is written into the picture, in several languages. The first is taken for
            which matplotlib's font has all letters, or else the last.

    Returns:
        A PNG file.
    """
    words = next(filter(_can_be_written, choice), choice[-1])
    figure = Figure(figsize=_INCHES, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    rows = figure.add_gridspec(3, 2, height_ratios=(2, 2.4, 3))
    _draw_photos(figure.add_subplot(rows[0, :]), found.photos_by_day, days, words)
    sure = [one for one in found.checked if one.sure]
    _draw_time(figure.add_subplot(rows[1, :]), sure, days[-1], words)
    _draw_models(figure.add_subplot(rows[2, 0]), sure, words)
    _draw_reliability(figure.add_subplot(rows[2, 1]), found.checked, words)
    FigureCanvasAgg(figure)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, facecolor="white")
    return stream.getvalue()


def _can_be_written(words: PlotTexts) -> bool:
    letters = get_font(findfont(FontProperties())).get_charmap()
    return all(ord(letter) in letters for text in astuple(words) for letter in text)


def _draw_photos(axes: Axes, by_day: Mapping[int, int], days: range, words: PlotTexts) -> None:
    axes.bar(days, [by_day.get(day, 0) for day in days], color=BLUE)
    axes.set_xlim(days[0] - 0.7, days[-1] + 0.7)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_ylim(bottom=0, top=max(4, 1.05 * max(by_day.values(), default=0)))
    _name_days(axes, days)
    _tidy(axes, words.photos, _WIDE)


def _draw_time(axes: Axes, sure: Sequence[CheckedVerdicts], today: int, words: PlotTexts) -> None:
    _tidy(axes, words.over_time, _WIDE)
    if not sure:
        _say_that_nothing_is_known(axes, words)
        return
    first = min(one.day for one in sure)
    width = 1 + (today - first) // MAX_POINTS  # days that share a point
    shares = _shares(sure, lambda one: (today - one.day) // width)
    days = [today - index * width - (width - 1) / 2 for index in shares]
    middle, low, high = _intervals(shares.values())
    axes.fill_between(days, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.vlines(days, low, high, color=BLUE, alpha=0.3)
    axes.plot(days, middle, "o-", color=BLUE, linewidth=2, markersize=5)
    margin = max(1.0, 0.03 * (today - first))
    axes.set_xlim(first - margin, today + margin)
    _name_days(axes, range(first, today + 1))
    _percent(axes, "y")
    axes.set_ylim(min(0.5, float(low.min())) - 0.02, 1.02)


def _draw_models(axes: Axes, sure: Sequence[CheckedVerdicts], words: PlotTexts) -> None:
    """The model whose newest verdict is newest comes first."""
    _tidy(axes, words.by_model, _NARROW)
    if not sure:
        _say_that_nothing_is_known(axes, words)
        return
    newest = {one.version: one.day for one in sorted(sure, key=lambda one: one.day)}
    names = sorted(newest, key=lambda name: (newest[name], name), reverse=True)[:MAX_MODELS]
    shares = _shares(sure, lambda one: one.version)
    middle, low, high = _intervals(shares[name] for name in names)
    rows = [*range(len(names))]
    axes.barh(rows, 1, color=GREY, alpha=0.45, height=0.42)
    axes.barh(rows, middle, color=BLUE, height=0.42)
    axes.errorbar(
        middle, rows, xerr=[middle - low, high - middle], fmt="none", color="black", capsize=3
    )
    for row, name, share in zip(rows, names, middle, strict=True):
        label = f"{_short(name)}   {share:.0%}".replace("$", r"\$")
        axes.text(0.01, row - 0.27, label, fontsize=9, va="bottom")
    axes.set_ylim(max(len(names), 3) - 0.4, -0.75)
    axes.set_yticks([])
    axes.set_xlim(0, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    _percent(axes, "x")


def _draw_reliability(axes: Axes, checked: Sequence[CheckedVerdicts], words: PlotTexts) -> None:
    """As `model.evaluation.plots.reliability` draws it (Niculescu-Mizil & Caruana 2005)."""
    _tidy(axes, words.reliability, _NARROW)
    axes.set_xlabel(words.confidence)
    if not checked:
        _say_that_nothing_is_known(axes, words)
        return
    shares = _shares(checked, lambda one: one.bin)
    means = [_mean_confidence([one for one in checked if one.bin == index]) for index in shares]
    middle, low, high = _intervals(shares.values())
    axes.plot([0.5, 1], [0.5, 1], color=GREY, linestyle="--", linewidth=1.5, label=words.honest)
    axes.errorbar(
        means,
        middle,
        yerr=[middle - low, high - middle],
        fmt="o",
        color=ORANGE,
        capsize=3,
        markersize=5,
        label=words.people,
    )
    axes.set_xlim(0.48, 1.02)
    axes.set_ylim(min(0.45, float(low.min())) - 0.02, 1.02)
    _percent(axes, "xy")
    axes.legend(loc="lower right", fontsize=8.5, frameon=False)


def _mean_confidence(checked: Sequence[CheckedVerdicts]) -> float:
    return sum(one.confidence for one in checked) / sum(one.count for one in checked)


def _shares(
    checked: Iterable[CheckedVerdicts], key: Callable[[CheckedVerdicts], Key]
) -> dict[Key, tuple[int, int]]:
    """How many there are and how many of them were right, by key, in order of the key."""
    counted: dict[Key, tuple[int, int]] = {}
    for one in checked:
        count, right = counted.get(key(one), (0, 0))
        counted[key(one)] = (count + one.count, right + one.right)
    return dict(sorted(counted.items()))


def _intervals(counted: Iterable[tuple[int, int]]) -> list[NDArray[np.float64]]:
    """The share that is right with the lower and the upper end of its 95 % interval."""
    counts, rights = np.array([*counted]).T
    shares = rights / counts
    low, high = wilson_interval(shares, counts)
    return [shares, np.minimum(low, shares), np.maximum(high, shares)]


def _name_days(axes: Axes, days: Sequence[int]) -> None:
    step = max(1, round(len(days) / 5))
    named = [*days[::-1][::step]]
    years = {_date(day).year for day in days}
    pattern = "%m-%d" if len(days) < 200 or len(years) == 1 else "%Y-%m"
    axes.set_xticks(named, [_date(day).strftime(pattern) for day in named])


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * DAY_S, UTC).date()


def _short(name: str) -> str:
    """A name's beginning and end: models that stem from each other begin alike."""
    half = _MAX_NAME // 2
    return name if len(name) <= _MAX_NAME else f"{name[: half - 1]}…{name[-half:]}"


def _percent(axes: Axes, which: str) -> None:
    for axis in which:
        getattr(axes, f"{axis}axis").set_major_formatter("{x:.0%}")


def _tidy(axes: Axes, title: str, room: int) -> None:
    """Title and frame; a title of more letters than there is room for gets smaller ones."""
    size = 12 * min(1, room / len(title))
    axes.set_title(title, loc="left", fontsize=size, fontweight="bold")
    axes.tick_params(labelsize=9.5)
    axes.spines[["top", "right"]].set_visible(False)


def _say_that_nothing_is_known(axes: Axes, words: PlotTexts) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, words.nothing, ha="center", va="center", transform=axes.transAxes)
