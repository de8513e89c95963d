"""Measure how good a model is on labelled pictures.

DIR holds happy/ and sad/ with whole photos, in which faces are found as the bot finds them, or with
face crops (--crops). For any other folder in it, such as neutral/, the share of pictures is
measured that the model surely calls happy or sad. Where votes.csv says how several people labelled
the pictures, the agreement with them is measured as well. Unreadable files are listed and skipped.
--slices also measures on corrupted face crops: darker, blurred, tilted and so on.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.data.image_folder import MOODS, list_labeled_images
from model.errors import MoodError
from model.evaluation.corruptions import UNCHANGED
from model.evaluation.intervals import Interval
from model.evaluation.predictions import (
    LabeledPrediction,
    predict_corrupted_crops,
    predict_crops,
    predict_photos,
)
from model.evaluation.summary import summarize
from model.network.verdict import confidence_of, likelier_mood
from model.prediction.predictor import Predictor
from scripts.standard_streams import escape_unprintable


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if the pictures cannot be used or a file cannot be written.
    """
    escape_unprintable()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.slices and not options.crops:
        parser.error("--slices needs face crops: give --crops as well")
    try:
        predictor = Predictor(options.model)
        threshold = predictor.sure_threshold
        predictions = _predict(predictor, options)
        summaries = {name: summarize(some, threshold) for name, some in predictions.items()}
        metrics = as_json(summaries, slices=options.slices)
        if options.out:
            _write_plots(options.out, predictions[UNCHANGED], summaries[UNCHANGED], threshold)
            text = json.dumps(metrics, indent=2)
            (options.out / "metrics.json").write_text(text + "\n", encoding="utf-8")
    except (MoodError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(metrics))
        return 0
    _print_table(predictor, options.folder, predictions[UNCHANGED], summaries[UNCHANGED])
    if options.slices:
        _print_slices(summaries)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds happy/ and sad/")
    parser.add_argument("--crops", action="store_true", help="the pictures are face crops")
    parser.add_argument("--slices", action="store_true", help="also measure on corrupted crops")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="model folder (default: the shipped model)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write plots and metrics.json to DIR"
    )
    return parser


def _predict(
    predictor: Predictor, options: argparse.Namespace
) -> dict[str, list[LabeledPrediction]]:
    """Return the predictions by corruption; without --slices, only for unchanged pictures."""

    def on_unreadable(file: Path, reason: str) -> None:
        tqdm.write(f"evaluate: {file}: {reason}", file=sys.stderr)

    # disable=None: no progress bar if the output is not a terminal.
    pictures = tqdm(list_labeled_images(options.folder), unit=" pictures", disable=None)
    if options.slices:
        return predict_corrupted_crops(predictor, pictures, on_unreadable)
    predict = predict_crops if options.crops else predict_photos
    return {UNCHANGED: predict(predictor, pictures, on_unreadable)}


def as_json(summaries: dict[str, dict[str, Interval]], *, slices: bool) -> dict[str, Any]:
    """Return metrics as JSON types.

    Args:
        summaries: metrics by corruption, with NaN where undefined.
        slices: add the metrics of all corruptions.

    Returns:
        value, low and high of each metric, null where undefined; and "slices", which holds the
        same for each corruption.
    """

    def to_json(metrics: dict[str, Interval]) -> dict[str, Any]:
        return {
            name: {key: _number(value) for key, value in asdict(interval).items()}
            for name, interval in metrics.items()
        }

    result = to_json(summaries[UNCHANGED])
    if slices:
        result["slices"] = {name: to_json(metrics) for name, metrics in summaries.items()}
    return result


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 6)


def _print_table(
    predictor: Predictor,
    folder: Path,
    predictions: Sequence[LabeledPrediction],
    metrics: dict[str, Interval],
) -> None:
    counts = ", ".join(
        f"{n} {name}" for name, n in Counter(one.label for one in predictions).items()
    )
    neutral = ""
    if predictor.neutral_threshold is not None:
        neutral = f", neutral above {predictor.neutral_threshold:.0%} for neither"
    print(f"model {predictor.version}, sure from {predictor.sure_threshold:.1%} on{neutral}")
    print(f"measured on {folder.resolve().name}: {counts}\n")
    width = max(map(len, metrics))
    print(f"{'metric':<{width}} {'value':>8}   95 % interval")
    for name, interval in metrics.items():
        if name == "n":
            print(f"{name:<{width}} {interval.value:>8}")
        else:
            print(f"{name:<{width}} {_figure(interval):>8}   {_bounds(interval)}".rstrip())
    if any(one.face_found for one in predictions):
        print(f"\n{_with_a_face(predictions, predictor.sure_threshold)}")
    accuracy = metrics["accuracy"]
    print(
        f"\nAll that {int(metrics['n'].value)} pictures can tell: the accuracy on pictures like "
        f"these is probably between {accuracy.low:.1%} and {accuracy.high:.1%}."
    )


def _with_a_face(predictions: Sequence[LabeledPrediction], threshold: float) -> str:
    """Return how many photos with a face are right, and surely wrong."""
    found = [one for one in predictions if one.face_found and one.label in MOODS]
    wrong = [one for one in found if likelier_mood(one.probability_happy) != one.label]
    sure = [
        one
        for one in wrong
        if not one.is_neutral and confidence_of(one.probability_happy) >= threshold
    ]
    neutral = sum(one.is_neutral for one in found)
    return (
        f"Happy and sad photos with a face: {len(found)}, of which {len(found) - len(wrong)} are "
        f"right (forced choice), {len(sure)} wrong and sure, and {neutral} called neutral."
    )


_COLUMNS = ("balanced_accuracy", "ece", "coverage_at_sure", "accuracy_at_sure")


def _print_slices(summaries: dict[str, dict[str, Interval]]) -> None:
    """Print a line for each corruption."""
    print(f"\n{'condition':<14} {'accuracy':>8}  {'95 % interval':<16}", end="")
    print(*(f" {name:>17}" for name in _COLUMNS))
    for name, metrics in summaries.items():
        accuracy = metrics["accuracy"]
        print(f"{name:<14} {accuracy.value:>8.4f}  {_bounds(accuracy):<16}", end="")
        print(*(f" {_figure(metrics[column]):>17}" for column in _COLUMNS))


def _figure(interval: Interval) -> str:
    return "–" if isnan(interval.value) else f"{interval.value:.4f}"


def _bounds(interval: Interval) -> str:
    if isnan(interval.value):
        return ""
    if not interval.is_known:
        return "too few pictures"
    return f"{interval.low:.4f} to {interval.high:.4f}"


def _write_plots(
    folder: Path,
    predictions: Sequence[LabeledPrediction],
    metrics: dict[str, Interval],
    threshold: float,
) -> None:
    # Imported late: matplotlib takes a second to load, and is not always needed.
    from model.evaluation.contact_sheet import contact_sheet, worst_mistakes
    from model.evaluation.plots import save_plots

    folder.mkdir(parents=True, exist_ok=True)
    save_plots(folder, predictions, metrics, threshold)
    contact_sheet(worst_mistakes(predictions)).save(folder / "worst_mistakes.png")


if __name__ == "__main__":
    sys.exit(main())
