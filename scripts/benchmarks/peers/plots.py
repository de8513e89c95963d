"""The results as bars, a panel for each figure."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.benchmarks.peers.report import TITLES
from scripts.benchmarks.peers.runs import NAMES, PIPELINES, Figures, Results

# Okabe & Ito's palette (2008), distinguishable with any kind of colour vision.
_COLORS = dict(zip(NAMES, ("#009E73", "#0072B2", "#D55E00"), strict=True))
_PIPELINE_PANELS = (
    ("median_ms", "median, ms a photo"),
    ("mean_ms", "mean, ms a photo"),
    ("cpu_ms", "CPU, ms a photo"),
    ("faces", "faces found"),
)
_BOT_PANELS = (
    ("p50_ms", "p50, ms"),
    ("p95_ms", "p95, ms"),
    ("busy_per_s", "photos/s, eight in flight"),
    ("resident_mb", "resident, MB"),
)


def draw(results: Results, file: Path) -> None:
    """Write a PNG with a row for each part; the lines on the bars go from least to most."""
    mpl.use("Agg")
    columns = len(_BOT_PANELS)
    figure = Figure(figsize=(3.4 * columns, 3.2 * len(results)), layout="constrained")
    grid = figure.subplots(len(results), columns, squeeze=False)
    for row, (part, programs) in zip(grid, results.items(), strict=True):
        panels = _PIPELINE_PANELS if part == PIPELINES else _BOT_PANELS
        row[0].set_ylabel(TITLES[part])
        for axes, (key, title) in zip(row, panels, strict=True):
            _bars(axes, programs, key, title)
    figure.savefig(file, dpi=120)


def _bars(axes: Axes, programs: dict[str, list[Figures]], key: str, title: str) -> None:
    for position, (name, runs) in enumerate(programs.items()):
        values = [run[key] for run in runs]
        middle = float(np.median(values))
        spread = [[middle - min(values)], [max(values) - middle]]
        axes.bar(position, middle, yerr=spread, color=_COLORS[name], capsize=3)
        axes.annotate(
            f"{middle:.3g}" if middle < 100 else f"{middle:.0f}",
            (position, max(values)),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xticks(range(len(programs)), [name.replace(" and ", "\n") for name in programs])
    axes.set_title(title, fontsize=10)
    axes.margins(y=0.15)
    axes.spines[["top", "right"]].set_visible(False)
