"""Plots of loss and accuracy during a training."""

import csv
from collections.abc import Mapping
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.evaluation.plots import BLUE, GREY, ORANGE

History = list[dict[str, float]]


def read_history(file: Path) -> History:
    """Read the metrics of each epoch from a file written by Keras' CSVLogger."""
    with file.open(encoding="utf-8", newline="") as stream:
        return [
            {name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)
        ]


def training_curves(stages: Mapping[str, History]) -> Figure:
    """Plot loss and accuracy by epoch, on the training faces and on those the epoch is chosen on.

    Args:
        stages: the history of each stage by name, first stage first; none is empty.

    Returns:
        A row of two plots for each stage; a dotted line marks the best epoch on held-out faces.
    """
    figure = Figure(figsize=(10, 3.8 * len(stages)), layout="constrained")
    grid = figure.subplots(len(stages), 2, squeeze=False)
    for row, (name, history) in zip(grid, stages.items(), strict=True):
        accuracy = next(key for key in history[0] if key.endswith("accuracy"))
        accuracy = accuracy.removeprefix("val_")
        _draw(row[0], history, "loss", f"{name}: loss")
        _draw(row[1], history, accuracy, f"{name}: accuracy")
        row[1].yaxis.set_major_formatter("{x:.0%}")
    return figure


def _draw(axes: Axes, history: History, metric: str, title: str) -> None:
    epochs = [int(row["epoch"]) + 1 for row in history]
    held_out = [row[f"val_{metric}"] for row in history]
    best = min if metric == "loss" else max
    best_epoch = epochs[held_out.index(best(held_out))]
    axes.axvline(best_epoch, color=GREY, linestyle=":", linewidth=1, label="best epoch")
    axes.plot(epochs, [row[metric] for row in history], color=BLUE, label="training (augmented)")
    axes.plot(epochs, held_out, color=ORANGE, label="held out")
    axes.set_title(title)
    axes.set_xlabel("epoch")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend()
