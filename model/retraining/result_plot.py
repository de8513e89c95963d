"""Plots the result of a retraining, readable on a phone."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.evaluation.plots import BLUE, GREY, ORANGE, first_printable, save_figure
from model.retraining.plot_texts import PlotTexts
from model.retraining.progress import Progress
from model.retraining.promotion_gate import GateMetrics


class TrainingCurve:
    """Loss and accuracy by epoch, collected from the progress reports.

    Args:
        rows: what `to_json` returned.
    """

    def __init__(self, rows: Iterable[tuple[int, float, float]] = ()) -> None:
        self._epochs = {epoch: (loss, accuracy) for epoch, loss, accuracy in rows}

    def add(self, progress: Progress) -> None:
        """Add a report; the last complete one of each epoch stays."""
        epoch, loss, accuracy = progress.epoch, progress.loss, progress.accuracy
        if epoch is not None and loss is not None and accuracy is not None:
            self._epochs[epoch] = (loss, accuracy)

    def to_json(self) -> list[tuple[int, float, float]]:
        """Return epoch, loss and accuracy (0 to 1) of each epoch."""
        return list(zip(*self.lines(), strict=True))

    def lines(self) -> tuple[list[int], list[float], list[float]]:
        """Return the epochs, and the loss and the accuracy (0 to 1) of each."""
        epochs = sorted(self._epochs)
        return (
            epochs,
            [self._epochs[epoch][0] for epoch in epochs],
            [self._epochs[epoch][1] for epoch in epochs],
        )


def draw_result(
    before: GateMetrics, after: GateMetrics, curve: TrainingCurve, *candidates: PlotTexts
) -> bytes:
    """Plot metrics before and after, and the course of the training.

    Args:
        before: metrics of the parent; the corrections are the last set.
        after: metrics of the new version.
        curve: loss and accuracy of the training.
        candidates: texts in several languages; see `first_printable`.

    Returns:
        A PNG file.
    """
    texts = first_printable(candidates)
    figure = Figure(figsize=(6, 8.5), layout="constrained")
    rows = figure.subfigures(3, 1, height_ratios=(1.1, 1.25, 1.1), squeeze=False)
    upper, middle, lower = rows[:, 0]
    _bars(upper.subplots(), before, after, texts)
    shown = list(after)[-1]
    middle.suptitle(f"{texts.answers}: {texts.set_name(shown)}, n = {after[shown]['n']}")
    left, right = middle.subplots(1, 2, sharey=True)
    _confusion(left, texts.before, before[shown], texts)
    _confusion(right, texts.after, after[shown], texts)
    left.set_ylabel(texts.people)
    _training(lower.subplots(), curve, texts)
    stream = BytesIO()
    save_figure(figure, stream)
    return stream.getvalue()


def _bars(axes: Axes, before: GateMetrics, after: GateMetrics, texts: PlotTexts) -> None:
    """Draw the accuracy on each set before and after, with 95 % intervals."""
    places = np.arange(len(after))
    for shift, name, color, sets in (
        (-0.2, texts.before, GREY, before),
        (0.2, texts.after, BLUE, after),
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
    axes.set_title(texts.share_right)
    names = [f"{texts.set_name(key)}\nn = {sets['n']}" for key, sets in after.items()]
    axes.set_xticks(places, names)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _confusion(axes: Axes, title: str, measured: Mapping[str, Any], texts: PlotTexts) -> None:
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
    moods = (texts.happy, texts.sad)
    axes.set_xticks((0, 1), moods)
    axes.set_yticks((0, 1), moods)
    axes.set_xlabel(texts.answer)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _training(axes: Axes, curve: TrainingCurve, texts: PlotTexts) -> None:
    """Draw loss and accuracy by epoch, each on its own axis."""
    epochs, losses, accuracies = curve.lines()
    axes.set_title(texts.training)
    axes.set_xlabel(texts.epoch)
    axes.spines["top"].set_visible(False)
    if not epochs:
        axes.text(0.5, 0.5, texts.no_epochs, ha="center", transform=axes.transAxes)
        return
    marker = "o" if len(epochs) == 1 else ""
    axes.plot(epochs, losses, marker=marker, color=ORANGE)
    axes.set_ylabel(texts.loss, color=ORANGE)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    other = axes.twinx()
    other.plot(epochs, accuracies, marker=marker, color=BLUE)
    other.set_ylabel(texts.accuracy, color=BLUE)
    other.yaxis.set_major_formatter("{x:.1%}")
    other.spines["top"].set_visible(False)
