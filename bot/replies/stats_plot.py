"""The plot of /stats, readable on a phone. It can be drawn in any thread.

This imports matplotlib, which takes long; import it only where a plot is drawn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from typing import TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from bot.replies.stats import PlotTexts
from bot.storage.statistics import CheckedVerdicts, Overview
from bot.storage.users import DAY_S
from model.evaluation.intervals import wilson_interval
from model.evaluation.plots import BLUE, GREY, ORANGE, first_printable, show_percent

MAX_MODELS = 5
MAX_POINTS = 30  # over time
_INCHES, _DOTS_PER_INCH = (6, 8), 160  # Telegram shows no more than 1280 dots a side
_MAX_NAME_LENGTH = 24
_WIDE, _NARROW = 45, 20  # room for a title, in letters

Key = TypeVar("Key", int, str)


def draw(overview: Overview, days: range, *candidates: PlotTexts) -> bytes:
    """Plot the photos per day, and the accuracy over time, by model and by confidence.

    Args:
        overview: the figures.
        days: whose photos are shown, up to today, in days since 1970, UTC.
        candidates: texts in several languages; see `first_printable`.

    Returns:
        A PNG file.
    """
    texts = first_printable(candidates)
    figure = Figure(figsize=_INCHES, layout=ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1))
    rows = figure.add_gridspec(3, 2, height_ratios=(2, 2.4, 3))
    _draw_photos(figure.add_subplot(rows[0, :]), overview.photos_by_day, days, texts)
    sure = [group for group in overview.checked if group.sure]
    _draw_time(figure.add_subplot(rows[1, :]), sure, days[-1], texts)
    _draw_models(figure.add_subplot(rows[2, 0]), sure, texts)
    _draw_reliability(figure.add_subplot(rows[2, 1]), overview.checked, texts)
    FigureCanvasAgg(figure)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=_DOTS_PER_INCH, facecolor="white")
    return stream.getvalue()


def _draw_photos(axes: Axes, by_day: Mapping[int, int], days: range, texts: PlotTexts) -> None:
    axes.bar(days, [by_day.get(day, 0) for day in days], color=BLUE)
    axes.set_xlim(days[0] - 0.7, days[-1] + 0.7)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.set_ylim(bottom=0, top=max(4, 1.05 * max(by_day.values(), default=0)))
    _name_days(axes, days)
    _set_style(axes, texts.photos, _WIDE)


def _draw_time(axes: Axes, sure: Sequence[CheckedVerdicts], today: int, texts: PlotTexts) -> None:
    _set_style(axes, texts.over_time, _WIDE)
    if not sure:
        _write_nothing_known(axes, texts)
        return
    first = min(group.day for group in sure)
    width = 1 + (today - first) // MAX_POINTS  # days per point
    shares = _shares(sure, lambda group: (today - group.day) // width)
    days = [today - index * width - (width - 1) / 2 for index in shares]
    middle, low, high = _intervals(shares.values())
    axes.fill_between(days, low, high, color=BLUE, alpha=0.2, linewidth=0)
    axes.vlines(days, low, high, color=BLUE, alpha=0.3)
    axes.plot(days, middle, "o-", color=BLUE, linewidth=2, markersize=5)
    margin = max(1.0, 0.03 * (today - first))
    axes.set_xlim(first - margin, today + margin)
    _name_days(axes, range(first, today + 1))
    show_percent(axes, "y")
    axes.set_ylim(min(0.5, float(low.min())) - 0.02, 1.02)


def _draw_models(axes: Axes, sure: Sequence[CheckedVerdicts], texts: PlotTexts) -> None:
    """Plot the accuracy of the models, starting with the one that was used last."""
    _set_style(axes, texts.by_model, _NARROW)
    if not sure:
        _write_nothing_known(axes, texts)
        return
    newest = {group.version: group.day for group in sorted(sure, key=lambda group: group.day)}
    names = sorted(newest, key=lambda name: (newest[name], name), reverse=True)[:MAX_MODELS]
    shares = _shares(sure, lambda group: group.version)
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
    show_percent(axes, "x")


def _draw_reliability(axes: Axes, checked: Sequence[CheckedVerdicts], texts: PlotTexts) -> None:
    """Plot a reliability diagram (Niculescu-Mizil & Caruana 2005)."""
    _set_style(axes, texts.reliability, _NARROW)
    axes.set_xlabel(texts.confidence)
    if not checked:
        _write_nothing_known(axes, texts)
        return
    shares = _shares(checked, lambda group: group.bin)
    means = [
        _mean_confidence([group for group in checked if group.bin == index]) for index in shares
    ]
    middle, low, high = _intervals(shares.values())
    axes.plot([0.5, 1], [0.5, 1], color=GREY, linestyle="--", linewidth=1.5, label=texts.honest)
    axes.errorbar(
        means,
        middle,
        yerr=[middle - low, high - middle],
        fmt="o",
        color=ORANGE,
        capsize=3,
        markersize=5,
        label=texts.people,
    )
    axes.set_xlim(0.48, 1.02)
    axes.set_ylim(min(0.45, float(low.min())) - 0.02, 1.02)
    show_percent(axes, "xy")
    # Below the plot, where no data can be in the way.
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        fontsize=8.5,
        frameon=False,
        ncols=2,
        columnspacing=1,
        handletextpad=0.4,
    )


def _mean_confidence(checked: Sequence[CheckedVerdicts]) -> float:
    return sum(group.confidence for group in checked) / sum(group.count for group in checked)


def _shares(
    checked: Iterable[CheckedVerdicts], key: Callable[[CheckedVerdicts], Key]
) -> dict[Key, tuple[int, int]]:
    """Count verdicts, and right verdicts, by key in ascending order."""
    counted: dict[Key, tuple[int, int]] = {}
    for group in checked:
        count, right = counted.get(key(group), (0, 0))
        counted[key(group)] = (count + group.count, right + group.right)
    return dict(sorted(counted.items()))


def _intervals(counted: Iterable[tuple[int, int]]) -> list[NDArray[np.float64]]:
    """Return shares of right verdicts, and the lower and upper ends of their 95 % intervals."""
    counts, rights = np.array([*counted]).T
    shares = rights / counts
    low, high = wilson_interval(shares, counts)
    return [shares, low, high]


def _name_days(axes: Axes, days: Sequence[int]) -> None:
    step = max(1, round(len(days) / 5))
    named = [*days[::-1][::step]]
    years = {_date(day).year for day in days}
    pattern = "%Y-%m-%d" if len(days) < 200 or len(years) == 1 else "%Y-%m"
    axes.set_xticks(named, [_date(day).strftime(pattern) for day in named])


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * DAY_S, UTC).date()


def _short(name: str) -> str:
    """Return the beginning and the end of a name: names of related models begin alike."""
    half = _MAX_NAME_LENGTH // 2
    return name if len(name) <= _MAX_NAME_LENGTH else f"{name[: half - 1]}…{name[-half:]}"


def _set_style(axes: Axes, title: str, room: int) -> None:
    """Set title and frame, with smaller letters for a title longer than `room` letters."""
    size = 12 * min(1, room / len(title))
    axes.set_title(title, loc="left", fontsize=size, fontweight="bold")
    axes.tick_params(labelsize=9.5)
    axes.spines[["top", "right"]].set_visible(False)


def _write_nothing_known(axes: Axes, texts: PlotTexts) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, texts.nothing, ha="center", va="center", transform=axes.transAxes)
