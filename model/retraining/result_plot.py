"""Plots the result of a retraining, readable on a phone."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.evaluation.plots import BLUE, GREY, ORANGE, first_printable, save_figure, show_percent
from model.evaluation.training_curves import mark_epochs
from model.retraining.paired_predictions import GateMetrics
from model.retraining.plot_texts import PlotTexts
from model.retraining.progress import Progress


class TrainingCurve:
    """Loss and accuracy by epoch, collected from the progress reports.

    Args:
        rows: what `to_json` returned.
    """

    def __init__(self, rows: Iterable[tuple[int, float, float]] = ()) -> None:
        self._epochs = {epoch: (loss, accuracy) for epoch, loss, accuracy in rows}

    def add(self, progress: Progress) -> None:
        """Add a report; the last complete one of each epoch stays, which is the last training's."""
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
    upper.suptitle(texts.share_right)
    row = upper.subplots(1, len(after), sharey=True, squeeze=False)[0]
    for axes, key in zip(row, after, strict=True):
        axes.set_title(f"{texts.set_name(key)}, n = {after[key]['n']}")
        _bars(axes, before[key], after[key], texts)
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


def _bars(
    axes: Axes, before: Mapping[str, Any], after: Mapping[str, Any], texts: PlotTexts
) -> None:
    """Draw the accuracy on one set before and after, with 95 % intervals."""
    labels = []
    for place, (name, color, measured) in enumerate(
        ((texts.before, GREY, before), (texts.after, BLUE, after))
    ):
        value, low, high = measured["accuracy"], measured["low"], measured["high"]
        # Runs of earlier releases stored intervals that may lie beside the value.
        spread = [[max(0, value - low)], [max(0, high - value)]]
        axes.bar(place, value, 0.6, yerr=spread, capsize=5, color=color)
        labels.append(f"{name}\n{value:.1%}")
    axes.set_xticks((0, 1), labels)
    axes.set_xlim(-0.6, 1.6)
    axes.set_ylim(0, 1.02)
    show_percent(axes, "y")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", length=0)


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
    mark_epochs(axes, epochs[-1])
    other = axes.twinx()
    other.plot(epochs, accuracies, marker=marker, color=BLUE)
    other.set_ylabel(texts.accuracy, color=BLUE)
    show_percent(other, "y")
    other.spines["top"].set_visible(False)
