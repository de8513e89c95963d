"""Plots of a model's predictions, as PNG files.

They use matplotlib's objects instead of pyplot: no window, no global state, safe in any thread.
"""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from model.data.image_folder import MOODS
from model.evaluation.intervals import Floats, Interval, wilson_interval
from model.evaluation.metrics import BINS, bin_indices
from model.evaluation.predictions import LabeledPrediction
from model.evaluation.summary import as_arrays
from model.network.calibration import TARGET_ACCURACY
from model.network.verdict import Verdict, confidence_of, likelier_mood

# From the palette of Okabe & Ito (2008), which works with every kind of colour vision.
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"
_DPI = 120
_ANSWERS = ("sure happy", "rather happy", "neutral", "rather sad", "sure sad")

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Texts = TypeVar("Texts", bound="DataclassInstance")


def save_plots(
    folder: Path,
    predictions: Sequence[LabeledPrediction],
    metrics: dict[str, Interval],
    threshold: float,
) -> None:
    """Write confusion.png, roc.png, reliability.png and risk_coverage.png.

    Args:
        folder: the folder to write to.
        predictions: the model's predictions.
        metrics: their metrics, the result of `summarize`.
        threshold: minimum confidence of a sure answer, 0.5 to 1.
    """
    probabilities, labels = as_arrays([one for one in predictions if one.label in MOODS])
    happy = labels == 1
    save_figure(confusion(predictions, threshold), folder / "confusion.png")
    save_figure(roc(probabilities, happy, metrics["auc"].value), folder / "roc.png")
    save_figure(reliability(probabilities, happy, metrics["ece"].value), folder / "reliability.png")
    save_figure(risk_coverage(probabilities, happy, threshold), folder / "risk_coverage.png")


def save_figure(figure: Figure, file: Path | BinaryIO) -> None:
    """Write a figure as a PNG file."""
    FigureCanvasAgg(figure)
    figure.savefig(file, dpi=_DPI, facecolor="white")


def first_printable(candidates: Sequence[Texts]) -> Texts:
    """Choose the texts of a plot.

    Args:
        candidates: dataclasses of strings, each in another language.

    Returns:
        The first one whose letters matplotlib's font has, otherwise the last one.
    """
    letters = get_font(findfont(FontProperties())).get_charmap()
    for texts in candidates:
        if all(ord(letter) in letters for text in astuple(texts) for letter in text):
            return texts
    return candidates[-1]


def confusion(predictions: Sequence[LabeledPrediction], threshold: float) -> Figure:
    """Plot a confusion matrix: how many pictures of each label got each answer.

    Args:
        predictions: the model's predictions.
        threshold: minimum confidence of a sure answer, 0.5 to 1.

    Returns:
        A table with one row for each label; the shade is the share of the row.
    """
    names = list(dict.fromkeys(one.label for one in predictions))
    counts = np.zeros((len(names), len(_ANSWERS)))
    for one in predictions:
        counts[names.index(one.label), _column(one, threshold)] += 1
    shown = [0, 1, 2, 3, 4] if any(one.is_neutral for one in predictions) else [0, 1, 3, 4]
    counts = counts[:, shown]
    rows = counts / counts.sum(axis=1, keepdims=True)
    figure, axes = _plot("What the pictures show, and the answers", height=1.7 + 0.9 * len(names))
    axes.imshow(rows, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(rows):
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}\n{share:.1%}",
            ha="center",
            va="center",
            color="white" if share > 0.55 else "black",
        )
    for edge in {1.5, len(shown) - 2.5}:
        axes.axvline(edge, color=GREY, linewidth=1)
    axes.set_xticks(range(len(shown)), [_ANSWERS[column] for column in shown])
    axes.set_yticks(range(len(names)), [_escape(name) for name in names])
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure


def _column(prediction: LabeledPrediction, threshold: float) -> int:
    """Return the position of an answer in `_ANSWERS`."""
    if prediction.is_neutral:
        return 2
    sure = confidence_of(prediction.probability_happy) >= threshold
    if likelier_mood(prediction.probability_happy) is Verdict.HAPPY:
        return 0 if sure else 1
    return 4 if sure else 3


def roc(probabilities: Floats, happy: NDArray[np.bool_], area: float) -> Figure:
    """Plot the receiver operating characteristic (ROC).

    Args:
        probabilities: (count,) of happy, 0 to 1.
        happy: (count,), true for happy pictures; both kinds must occur.
        area: area under the curve, 0 to 1.

    Returns:
        The share of happy pictures called happy, over the share of sad ones called happy.
    """
    order = np.argsort(-probabilities, kind="stable")
    ordered = happy[order]
    # One point for each distinct probability: no threshold separates equal ones.
    ends = np.append(np.flatnonzero(np.diff(probabilities[order])), len(order) - 1)
    found = np.concatenate([[0], np.cumsum(ordered)[ends] / ordered.sum()])
    wrong = np.concatenate([[0], np.cumsum(~ordered)[ends] / (~ordered).sum()])
    figure, axes = _plot("Happy against sad at every threshold")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="guessing")
    axes.plot(wrong, found, color=BLUE, linewidth=2, label=f"model, area {area:.3f}")
    says_happy = probabilities >= 0.5
    here = (says_happy[~happy].mean(), says_happy[happy].mean())
    axes.plot(*here, "o", color=ORANGE, markersize=8, label="at 0.5")
    axes.set_xlabel("sad pictures called happy")
    axes.set_ylabel("happy pictures called happy")
    axes.set_xlim(-0.01, 1.01)
    axes.set_ylim(-0.01, 1.01)
    axes.set_aspect("equal")
    show_percent(axes, "xy")
    _legend_below(figure)
    return figure


def reliability(probabilities: Floats, happy: NDArray[np.bool_], error: float) -> Figure:
    """Plot a reliability diagram: accuracy by confidence (Niculescu-Mizil & Caruana 2005).

    Args:
        probabilities: (count,) of happy, 0 to 1.
        happy: (count,), true for happy pictures.
        error: expected calibration error, 0 to 1.

    Returns:
        The accuracy of each bin of confidence with its 95 % interval, and the sizes of the bins
        below.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    right = (probabilities >= 0.5) == happy
    bins = bin_indices(confidence)
    figure = Figure(figsize=(6, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.set_title(f"Is the confidence honest? (calibration error {error:.3f})")
    above.plot([0.5, 1], [0.5, 1], color=GREY, linestyle="--", linewidth=1, label="honest")
    used = np.unique(bins)
    means = np.array([confidence[bins == index].mean() for index in used])
    shares = np.array([right[bins == index].mean() for index in used])
    sizes = np.array([(bins == index).sum() for index in used])
    low, high = wilson_interval(shares, sizes)
    above.errorbar(
        means,
        shares,
        yerr=[shares - low, high - shares],
        fmt="o",
        color=BLUE,
        capsize=3,
        label="model, with 95 % interval",
    )
    above.set_ylabel("answers that are right")
    above.set_xlim(0.49, 1.01)
    above.set_ylim(min(0.45, low.min() - 0.02), 1.02)
    below.bar((used + 0.5) / BINS, sizes / len(bins), width=0.9 / BINS, color=BLUE)
    below.set_ylabel("share of answers")
    below.set_xlabel("confidence")
    show_percent(above, "y")
    show_percent(below, "xy")
    _tidy(above)
    _tidy(below)
    _legend_below(figure)
    return figure


def risk_coverage(probabilities: Floats, happy: NDArray[np.bool_], threshold: float) -> Figure:
    """Plot a risk-coverage curve: errors if only confident answers count (El-Yaniv & Wiener 2010).

    Args:
        probabilities: (count,) of happy, 0 to 1.
        happy: (count,), true for happy pictures.
        threshold: minimum confidence of a sure answer, 0.5 to 1.

    Returns:
        The share of wrong answers, over the share of pictures that are answered.
    """
    confidence = np.maximum(probabilities, 1 - probabilities)
    wrong = (probabilities >= 0.5) != happy
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    risk = np.cumsum(wrong[order]) / answered
    coverage = answered / len(order)
    figure, axes = _plot("Fewer answers, fewer mistakes")
    axes.plot(coverage, risk, color=BLUE, linewidth=2, label="model")
    axes.axhline(
        1 - TARGET_ACCURACY, color=GREY, linestyle="--", linewidth=1, label="wanted of sure answers"
    )
    sure = confidence >= threshold
    if sure.any():
        here = (sure.mean(), wrong[sure].mean())
        axes.plot(*here, "o", color=ORANGE, markersize=8, label=f"sure, from {threshold:.1%} on")
    axes.set_xlabel("pictures answered")
    axes.set_ylabel("answers that are wrong")
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, max(1.5 * float(risk[-1]), 0.05))
    show_percent(axes, "xy")
    _legend_below(figure)
    return figure


def _plot(title: str, height: float = 5.5) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title)
    _tidy(axes)
    return figure, axes


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)


def show_percent(axes: Axes, which: str) -> None:
    """Label the ticks of an axis of shares as per cent, with the decimals that they need.

    Args:
        axes: the plot.
        which: "x", "y" or "xy".
    """
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{round(100 * share, 6):g}%"))


def _legend_below(figure: Figure) -> None:
    """Explain the lines below the plot, where no data can be in the way."""
    figure.legend(loc="outside lower center", ncols=3, frameon=False)


def _escape(text: str) -> str:
    """Keep matplotlib from reading names as formulas."""
    return text.replace("$", r"\$")
