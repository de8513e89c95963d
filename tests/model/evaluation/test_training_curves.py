"""How the plots look, as far as a program can tell."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from model.evaluation.plots import reliability, risk_coverage, roc
from model.evaluation.training_curves import History, training_curves


def history(epochs: int) -> History:
    return [
        {"epoch": e, "loss": 1 / (e + 1), "val_loss": 0.5, "accuracy": 0.5, "val_accuracy": e / 99}
        for e in range(epochs)
    ]


def drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize(("epochs", "best"), [(1, 1), (3, 0), (60, 59)])
def test_both_plots_of_a_stage_mark_the_one_epoch_whose_weights_are_kept(
    epochs: int, best: int
) -> None:
    figure = drawn(training_curves({"finetuning": (history(epochs), best)}))
    for axes in figure.axes:
        (line,) = [line for line in axes.lines if str(line.get_label()).startswith("best epoch")]
        assert set(line.get_xdata()) == {best}
        left, right = axes.get_xlim()
        shown = [
            label for label in axes.get_xticklabels() if left <= label.get_position()[0] <= right
        ]
        ticks = [int(label.get_text()) for label in shown]
        assert ticks
        assert all(min(1, best) <= tick <= epochs for tick in ticks)


def few(plot: Callable[..., Figure]) -> Figure:
    """Return a plot of two answers, one of which is wrong although sure."""
    return plot(np.array([0.98, 0.99]), np.array([True, False]), 0.9)


@pytest.mark.parametrize(
    "figure",
    [
        training_curves({"finetuning": (history(3), 2)}),
        *map(few, (roc, reliability, risk_coverage)),
    ],
    ids=["curves", "roc", "reliability", "risk_coverage"],
)
def test_the_legend_is_not_on_the_data(figure: Figure) -> None:
    (legend,) = drawn(figure).legends
    box = legend.get_window_extent()
    assert not any(box.overlaps(axes.get_window_extent()) for axes in figure.axes)


def test_ticks_between_whole_per_cent_are_not_rounded() -> None:
    figure = drawn(training_curves({"finetuning": (history(3), 2)}))
    labels = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert len(set(labels)) == len(labels)
    for label, place in zip(labels, figure.axes[1].get_yticks(), strict=True):
        assert float(label.rstrip("%").replace("\u2212", "-")) == pytest.approx(100 * place)
