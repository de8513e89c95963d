"""Measure how good a model is on labelled pictures.

DIR holds happy/ and sad/ with whole photos, whose faces are found as the bot finds them, or with
face crops (--crops). For any other folder in it, such as neutral/, the share of its pictures that
the model is sure about is measured. Files that cannot be read are listed and left out.
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

from model.errors import MoodError
from model.evaluation import Interval
from model.judging import Judged, judge_crops, judge_photos, summarise
from model.labelled import labelled_files
from model.predictor import Predictor


def main(arguments: list[str] | None = None) -> int:
    """Evaluate as the command line says.

    Args:
        arguments: of the command line; by default the process's own.

    Returns:
        The exit status: 0, or 1 if there is nothing to measure or nowhere to write.
    """
    options = _parser().parse_args(arguments)
    try:
        predictor = Predictor(options.model)
        judged = _judged(predictor, options.folder, crops=options.crops)
        metrics = summarise(judged, predictor.sure_threshold)
        if options.out:
            _write(options.out, judged, metrics, predictor.sure_threshold)
    except (MoodError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(as_json(metrics)))
    else:
        _print_table(predictor, judged, metrics)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds happy/ and sad/")
    parser.add_argument("--crops", action="store_true", help="the pictures are face crops")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder of your own")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write plots and metrics.json into DIR"
    )
    return parser


def _judged(predictor: Predictor, folder: Path, *, crops: bool) -> list[Judged]:
    def unreadable(file: Path, reason: str) -> None:
        tqdm.write(f"evaluate: {file}: {reason}", file=sys.stderr)

    # disable=None: no bar where nobody watches.
    pictures = tqdm(labelled_files(folder), desc="judging", unit="picture", disable=None)
    judge = judge_crops if crops else judge_photos
    return judge(predictor, pictures, unreadable)


def as_json(metrics: dict[str, Interval]) -> dict[str, dict[str, Any]]:
    """Metrics as JSON types.

    Args:
        metrics: with NaN where undefined.

    Returns:
        value, low and high of each metric; null where undefined.
    """
    return {
        name: {
            key: None if isnan(value) else round(value, 6)
            for key, value in asdict(interval).items()
        }
        for name, interval in metrics.items()
    }


def _print_table(
    predictor: Predictor, judged: Sequence[Judged], metrics: dict[str, Interval]
) -> None:
    counts = ", ".join(f"{n} {name}" for name, n in Counter(one.label for one in judged).items())
    print(f"model {predictor.version}, sure from {predictor.sure_threshold:.1%} on; {counts}\n")
    print(f"{'metric':<24} {'value':>8}   95 % interval")
    for name, interval in metrics.items():
        if name == "n":
            print(f"{name:<24} {interval.value:>8}")
        elif isnan(interval.value):
            print(f"{name:<24} {'–':>8}")
        else:
            bounds = f"{interval.low:.4f} to {interval.high:.4f}"
            print(f"{name:<24} {interval.value:>8.4f}   {bounds}")


def _write(
    folder: Path, judged: Sequence[Judged], metrics: dict[str, Interval], threshold: float
) -> None:
    """Write the plots and the metrics."""
    # Imported late: matplotlib takes a second, which those who want no plots need not wait for.
    from model.contact_sheet import contact_sheet, worst_mistakes
    from model.plots import save_all

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(as_json(metrics), indent=2) + "\n")
    save_all(folder, judged, metrics, threshold)
    contact_sheet(worst_mistakes(judged)).save(folder / "worst_mistakes.png")


if __name__ == "__main__":
    sys.exit(main())
