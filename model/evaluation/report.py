"""The report of a training: plots, and a comparison with the shipped model."""

from contextlib import suppress
from math import isnan
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.data.face_set import FaceSet
from model.data.folder_layout import HAPPY, SAD
from model.data.splits import DatasetSplit, happy_and_sad
from model.errors import ModelError
from model.evaluation.comparison import FacePredictions, mcnemar_p_value, predict_faces
from model.evaluation.evaluation_set import read_evaluation_set
from model.evaluation.intervals import Interval
from model.evaluation.plots import save_figure, save_plots
from model.evaluation.predictions import LabeledPrediction
from model.evaluation.summary import summarize
from model.evaluation.training_curves import read_best_epoch, read_history, training_curves
from model.network.manifest import SHIPPED, read_manifest

_COMPARED = (
    "accuracy",
    "balanced_accuracy",
    "auc",
    "ece",
    "brier",
    "coverage_at_sure",
    "accuracy_at_sure",
)
_CHANCE = 0.05  # p-values from here on may well be chance
_FEW = 100  # held-out faces; their interval is about ten points wide, or wider
_STAGES = ("pretraining", "distillation-*", "finetuning")  # patterns of their folders


def write_report(out: Path, data: DatasetSplit) -> str:
    """Write curves.png and the plots of the predictions beside a trained model.

    Args:
        out: folder of the training, which holds model/ and the folders of the stages.
        data: the data set that the model was trained on.

    Returns:
        A table of the new model's metrics beside the shipped model's.

    Raises:
        ModelError: out/model is not a usable model.
    """
    stages = {
        folder.name: (read_history(folder / "history.csv"), read_best_epoch(folder))
        for pattern in _STAGES
        for folder in sorted(out.glob(pattern))
        if (folder / "history.csv").exists()
    }
    save_figure(training_curves(stages), out / "curves.png")
    new = predict_faces(out / "model", data.evaluation)
    predictions = [
        LabeledPrediction(Path(), data.names[label], float(probability), is_neutral=bool(neutral))
        for label, probability, neutral in zip(
            data.evaluation.labels, new.probabilities, new.neutral, strict=True
        )
    ]
    predictions.sort(key=lambda one: (one.label != HAPPY, one.label != SAD))
    save_plots(out, predictions, summarize(predictions, new.sure_threshold), new.sure_threshold)
    return "\n".join(_lines(data, out / "model"))


def _lines(data: DatasetSplit, folder: Path) -> list[str]:
    faces = happy_and_sad(data.evaluation)
    evaluation_set = read_evaluation_set(read_manifest(folder))
    name = f" of {evaluation_set.name}" if evaluation_set else ""
    new = predict_faces(folder, faces)
    lines = compare_with_shipped(new, faces, f"measured on {len(faces)} faces{name}")
    if data.test is None and not data.is_large and len(faces) < _FEW:
        lines.append(
            f"\n{len(faces)} held-out faces can tell little. To measure on all pictures, in five "
            "trainings, each on four fifths of them, add --cross-validate."
        )
    return lines


def compare_with_shipped(new: FacePredictions, faces: FaceSet, heading: str) -> list[str]:
    """Compare predictions with those of the shipped model.

    Args:
        new: the predictions for the faces.
        faces: happy and sad faces; label 1 is happy, 0 is sad.
        heading: what was measured on.

    Returns:
        The lines of a table of the metrics, and a sentence about the difference.
    """
    predictions = {"new": new}
    with suppress(ModelError):  # the report is useful without a comparison, too
        predictions["shipped"] = predict_faces(SHIPPED, faces)
    metrics = {name: one.metrics(faces.labels) for name, one in predictions.items()}
    lines = [
        f"{heading}; in brackets the 95 % interval\n",
        f"{'metric':<24}" + "".join(f"{name:>30}" for name in predictions),
    ]
    for metric in _COMPARED:
        cells = [one[metric] for one in metrics.values()]
        lines.append(f"{metric:<24}" + "".join(f"{_figure(one):>30}" for one in cells))
    if "shipped" in predictions:
        lines.append(_compare(new, predictions["shipped"], faces.labels))
    return lines


def _figure(interval: Interval) -> str:
    if isnan(interval.value):
        return "–"
    if not interval.is_known:
        return f"{interval.value:.4f} (too few faces)"
    return f"{interval.value:.4f} ({interval.low:.3f} to {interval.high:.3f})"


def _compare(new: FacePredictions, shipped: FacePredictions, labels: NDArray[np.intp]) -> str:
    now, before = new.correct(labels), shipped.correct(labels)
    better, worse = int((now & ~before).sum()), int((~now & before).sum())
    counts = (
        f"\nThe new model is right on {now.sum()} of {len(labels)} faces, the shipped model "
        f"({shipped.version}) on {before.sum()}: {better} corrected, {worse} spoiled."
    )
    p_value = mcnemar_p_value(better, worse)
    if p_value >= _CHANCE:
        return f"{counts} {len(labels)} faces cannot tell these two models apart: use more."
    share = "less than 1 %" if p_value < 0.01 else f"{100 * p_value:.0f} %"
    return (
        f"{counts} Equally good models differ at least this much in {share} of cases: hardly "
        "chance."
    )
