"""Plots of loss and accuracy during a training."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.evaluation.plots import BLUE, GREY, ORANGE, show_percent

History = list[dict[str, float]]


def read_history(file: Path) -> History:
    """Read the metrics of each epoch from a file written by Keras' CSVLogger."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [
            {name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)
        ]


def read_best_epoch(stage: Path) -> int | None:
    """Read which epoch's weights a stage kept, 0 for those that it started from.

    Args:
        stage: its folder. Stages finished by an earlier release did not say.
    """
    text = (stage / "finished").read_text(encoding="utf-8").strip()
    return int(text) if text else None


def training_curves(stages: Mapping[str, tuple[History, int | None]]) -> Figure:
    """Plot loss and accuracy by epoch, on the training faces and on those the epoch is chosen on.

    Args:
        stages: by name, first stage first: its history, which is not empty, and the epoch whose
            weights were kept, if that is known; 0 for those that it started from.

    Returns:
        A row of two plots for each stage; a dotted line marks the best epoch, the same in both.
    """
    figure = Figure(figsize=(10, 3.8 * len(stages) + 0.5), layout="constrained")
    grid = figure.subplots(len(stages), 2, squeeze=False)
    for row, (name, (history, best)) in zip(grid, stages.items(), strict=True):
        accuracy = next(key for key in history[0] if key.endswith("accuracy"))
        accuracy = accuracy.removeprefix("val_")
        _draw(row[0], history, "loss", f"{name}: loss", best)
        _draw(row[1], history, accuracy, f"{name}: accuracy", best)
        show_percent(row[1], "y")
    handles = {label: handle for axes in grid.flat for handle, label in _legend(axes)}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=3, frameon=False)
    return figure


def mark_epochs(axes: Axes, last: int, first: int = 1) -> None:
    """Label the horizontal axis with whole numbers of epochs, and only those that exist."""
    locator = MaxNLocator(8, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    axes.xaxis.set_major_locator(locator)
    axes.set_xlim(first - 0.5, last + 0.5)


def _legend(axes: Axes) -> Iterable[tuple[Artist, str]]:
    return zip(*axes.get_legend_handles_labels(), strict=True)


def _draw(axes: Axes, history: History, metric: str, title: str, best: int | None) -> None:
    epochs = [int(row["epoch"]) + 1 for row in history]
    marker = "o" if len(epochs) == 1 else ""
    if best is not None:
        name = "best epoch (0: the start)" if best == 0 else "best epoch"
        axes.axvline(best, color=GREY, linestyle=":", linewidth=1.5, label=name)
    for key, color, name in (
        (metric, BLUE, "training (augmented)"),
        (f"val_{metric}", ORANGE, "held out"),
    ):
        values = [row[key] for row in history]
        axes.plot(epochs, values, marker=marker, color=color, label=name)
    axes.set_title(title)
    axes.set_xlabel("epoch")
    mark_epochs(axes, epochs[-1], first=0 if best == 0 else 1)
    axes.spines[["top", "right"]].set_visible(False)
