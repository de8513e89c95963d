"""Plots the result of a retraining, readable on a phone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.evaluation.plots import BLUE, GREY, ORANGE, save_figure
from model.retraining.progress import Progress
from model.retraining.promotion_gate import GateMetrics

_MOODS = ("happy", "sad")


class TrainingCurve:
    """Loss and accuracy by epoch, collected from the progress reports."""

    def __init__(self) -> None:
        self._epochs: dict[int, tuple[float, float]] = {}

    def add(self, progress: Progress) -> None:
        """Add a report; the last complete one of each epoch stays."""
        epoch, loss, accuracy = progress.epoch, progress.loss, progress.accuracy
        if epoch is not None and loss is not None and accuracy is not None:
            self._epochs[epoch] = (loss, accuracy)

    def lines(self) -> tuple[list[int], list[float], list[float]]:
        """Return the epochs, and the loss and the accuracy (0 to 1) of each."""
        epochs = sorted(self._epochs)
        return (
            epochs,
            [self._epochs[epoch][0] for epoch in epochs],
            [self._epochs[epoch][1] for epoch in epochs],
        )


def save_result_plot(
    before: GateMetrics, after: GateMetrics, curve: TrainingCurve, file: Path
) -> None:
    """Plot metrics before and after, and the course of the training.

    Args:
        before: metrics of the parent; the corrections are the last set.
        after: metrics of the new version.
        curve: loss and accuracy of the training.
        file: the PNG to write.
    """
    figure = Figure(figsize=(6, 8.5), layout="constrained")
    rows = figure.subfigures(3, 1, height_ratios=(1.1, 1.25, 1.1), squeeze=False)
    upper, middle, lower = rows[:, 0]
    _bars(upper.subplots(), before, after)
    shown = list(after)[-1]
    middle.suptitle(f"Answers on {shown}, {after[shown]['n']} faces")
    left, right = middle.subplots(1, 2, sharey=True)
    _confusion(left, "before", before[shown])
    _confusion(right, "after", after[shown])
    left.set_ylabel("what people say")
    _training(lower.subplots(), curve)
    save_figure(figure, file)


def _bars(axes: Axes, before: GateMetrics, after: GateMetrics) -> None:
    """Draw the accuracy on each set before and after, with 95 % intervals."""
    places = np.arange(len(after))
    for shift, name, color, sets in (
        (-0.2, "before", GREY, before),
        (0.2, "after", BLUE, after),
    ):
        values = [sets[which]["accuracy"] for which in after]
        low, high = zip(
            *((sets[which]["low"], sets[which]["high"]) for which in after), strict=True
        )
        spread = np.clip([np.subtract(values, low), np.subtract(high, values)], 0, None)
        bars = axes.bar(
            places + shift, values, 0.36, yerr=spread, capsize=4, color=color, label=name
        )
        for bar, value in zip(bars, values, strict=True):
            axes.text(
                bar.get_x() + 0.18, 0.04, f"{value:.1%}", ha="center", color="white", weight="bold"
            )
    axes.set_title("Answers that are right, with 95 % intervals")
    axes.set_xticks(places, [f"{name}\n{sets['n']} faces" for name, sets in after.items()])
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _confusion(axes: Axes, title: str, measured: Mapping[str, Any]) -> None:
    """Draw a confusion matrix: a row for each label, a column for each answer."""
    counts = np.array(measured["confusion"], float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}\n{share:.0%}",
            ha="center",
            va="center",
            fontsize=12,
            color="white" if share > 0.55 else "black",
        )
    axes.set_title(title)
    axes.set_xticks((0, 1), _MOODS)
    axes.set_yticks((0, 1), _MOODS)
    axes.set_xlabel("answer")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _training(axes: Axes, curve: TrainingCurve) -> None:
    """Draw loss and accuracy by epoch, each on its own axis."""
    epochs, losses, accuracies = curve.lines()
    axes.set_title("The training")
    axes.set_xlabel("epoch")
    axes.spines["top"].set_visible(False)
    if not epochs:
        axes.text(0.5, 0.5, "no epoch was reported", ha="center", transform=axes.transAxes)
        return
    marker = "o" if len(epochs) == 1 else ""
    axes.plot(epochs, losses, marker=marker, color=ORANGE)
    axes.set_ylabel("loss", color=ORANGE)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    other = axes.twinx()
    other.plot(epochs, accuracies, marker=marker, color=BLUE)
    other.set_ylabel("accuracy", color=BLUE)
    other.yaxis.set_major_formatter("{x:.1%}")
    other.spines["top"].set_visible(False)
