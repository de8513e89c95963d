"""What a training came to: plots of its course and its answers, and a comparison."""

from contextlib import suppress
from math import isnan
from pathlib import Path

from model.data.folder_layout import HAPPY, SAD
from model.data.splits import DatasetSplit, happy_and_sad
from model.errors import ModelError
from model.evaluation.comparison import FacePredictions, mcnemar_p_value, predict_faces
from model.evaluation.metrics import Interval
from model.evaluation.plots import save_figure, save_plots
from model.evaluation.predictions import Prediction, summarize
from model.evaluation.training_curves import read_history, training_curves
from model.network.manifest import SHIPPED

_COMPARED = (
    "accuracy",
    "balanced_accuracy",
    "auc",
    "ece",
    "brier",
    "coverage_at_sure",
    "accuracy_at_sure",
)
_STAGES = ("pretraining", "finetuning")


def write_report(out: Path, data: DatasetSplit) -> str:
    """Write curves.png and the plots of the answers beside a trained model.

    Args:
        out: of the training; holds model/ and the stages' folders.
        data: what it was trained on.

    Returns:
        Lines for people: the new model's metrics beside the shipped model's.

    Raises:
        ModelError: out/model is no model that can be used.
    """
    stages = {
        stage: read_history(out / stage / "history.csv")
        for stage in _STAGES
        if (out / stage / "history.csv").exists()
    }
    save_figure(training_curves(stages), out / "curves.png")
    new = predict_faces(out / "model", data.evaluation)
    predictions = [
        Prediction(Path(), data.names[label], float(probability))
        for label, probability in zip(data.evaluation.labels, new.probabilities, strict=True)
    ]
    predictions.sort(key=lambda one: (one.label != HAPPY, one.label != SAD))
    save_plots(out, predictions, summarize(predictions, new.sure_threshold), new.sure_threshold)
    return "\n".join(_lines(data, out / "model"))


def _lines(data: DatasetSplit, folder: Path) -> list[str]:
    faces = happy_and_sad(data.evaluation)
    part = "validation" if data.test is None else "test"
    answers = {"new": predict_faces(folder, faces)}
    with suppress(ModelError):  # nothing to compare with is no reason to fail
        answers["shipped"] = predict_faces(SHIPPED, faces)
    measured = {name: one.metrics(faces.labels) for name, one in answers.items()}
    lines = [f"{f'{part}, {len(faces)} faces':<24}" + "".join(f"{name:>30}" for name in answers)]
    for metric in _COMPARED:
        cells = [one[metric] for one in measured.values()]
        lines.append(f"{metric:<24}" + "".join(f"{_figure(one):>30}" for one in cells))
    if "shipped" in answers:
        lines.append(_verdict(answers["new"], answers["shipped"], data))
    return lines


def _figure(interval: Interval) -> str:
    if isnan(interval.value):
        return "–"
    return f"{interval.value:.4f} ({interval.low:.3f} to {interval.high:.3f})"


def _verdict(new: FacePredictions, shipped: FacePredictions, data: DatasetSplit) -> str:
    labels = happy_and_sad(data.evaluation).labels
    now, before = new.correct(labels), shipped.correct(labels)
    better, worse = int((now & ~before).sum()), int((~now & before).sum())
    counts = (
        f"right on {now.sum()} of {len(labels)}, the shipped model ({shipped.version}) on "
        f"{before.sum()}"
    )
    if better == worse:
        return f"\nThe new model is {counts}: no difference."
    chance = mcnemar_p_value(better, worse)
    told = "hardly chance" if chance < 0.05 else "it may be chance, measure on more pictures"
    share = "less than 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"
    return (
        f"\nThe new model is {counts}: {better} corrected, {worse} spoiled. Equally good models "
        f"differ at least so much in {share} of cases: {told}."
    )
