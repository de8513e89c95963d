"""Classify photos as happy or sad, and print a table, or one JSON object for each photo."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.errors import ImageError, ModelError
from model.prediction.annotate import annotate
from model.prediction.occlusion import draw_heat_map, occlusion_map
from model.prediction.predictor import Predictor
from model.prediction.results import PhotoVerdict


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a photo could not be read.
    """
    options = _parser().parse_args(arguments)
    try:
        predictor = Predictor(options.model)
        for folder in filter(None, (options.draw, options.why)):
            folder.mkdir(parents=True, exist_ok=True)
    except (ModelError, OSError) as error:
        print(f"classify: {error}", file=sys.stderr)
        return 1
    if not options.json:
        print(_HEADER)
    readable = [_classify(file, predictor, options) for file in options.photo]
    return 0 if all(readable) else 1


def _classify(file: Path, predictor: Predictor, options: argparse.Namespace) -> bool:
    """Classify one photo; return whether it could be read."""
    try:
        photo = predictor.predict(file.read_bytes())
        if options.draw:
            (options.draw / f"{_drawn_name(file)}.jpg").write_bytes(annotate(photo))
        if options.why:
            _write_overlays(predictor, photo, options.why, _drawn_name(file))
    except (ImageError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"classify: {file}: {reason}", file=sys.stderr)
        return False
    lines = [json.dumps(as_json(file, photo))] if options.json else _table(file, photo)
    for line in lines:
        print(line, flush=True)
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.classify", description=__doc__)
    parser.add_argument("photo", nargs="+", type=Path, help="JPEG, PNG, WebP, HEIC or GIF")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each photo")
    parser.add_argument(
        "--draw", type=Path, metavar="DIR", help="write the photos with boxes to DIR"
    )
    parser.add_argument(
        "--why",
        type=Path,
        metavar="DIR",
        help="write each face to DIR; orange areas speak for the answer, blue ones against it",
    )
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="model folder (default: the shipped model)"
    )
    return parser


def _drawn_name(file: Path) -> str:
    """Return a name with the folder's name in it, so that happy/01.jpg and sad/01.jpg differ."""
    parent = file.resolve().parent.name
    return f"{parent}-{file.stem}" if parent else file.stem


def _write_overlays(predictor: Predictor, photo: PhotoVerdict, folder: Path, name: str) -> None:
    """Write an overlay for each face, numbered as in the answer, or for the whole photo."""
    faces = [
        (f"{name}-{number}", crop, face.probability_happy)
        for number, (crop, face) in enumerate(zip(photo.crops, photo.faces, strict=True), start=1)
    ]
    for stem, picture, probability in faces or [(name, photo.pixels, photo.probability_happy)]:
        shown = draw_heat_map(picture, occlusion_map(predictor, picture), probability)
        shown.save(folder / f"{stem}.jpg", quality=90)


def as_json(file: Path, photo: PhotoVerdict) -> dict[str, Any]:
    """Return a verdict as JSON types: boxes in pixels of the upright photo, probabilities 0 to 1.

    Args:
        file: the file of the photo.
        photo: the verdict.
    """
    return {
        "photo": str(file),
        "verdict": str(photo.verdict),
        "confidence": round(photo.confidence, 4),
        "probability_happy": round(photo.probability_happy, 4),
        "whole_picture": photo.whole_picture,
        "faces": [
            {
                "box": asdict(face.box),
                "score": round(face.score, 4),
                "probability_happy": round(face.probability_happy, 4),
                "verdict": str(face.verdict),
                "confidence": round(face.confidence, 4),
            }
            for face in photo.faces
        ],
        "milliseconds": {
            name: round(value, 1) for name, value in asdict(photo.milliseconds).items()
        },
    }


_ROW = "{:<40} {:>5}  {:<7} {:>10} {:>12}"
_HEADER = _ROW.format("photo", "face", "verdict", "confidence", "P(happy)")


def _table(file: Path, photo: PhotoVerdict) -> Iterator[str]:
    """Yield a line for the photo and, if it has several faces, one for each."""
    count = "none" if photo.whole_picture else str(len(photo.faces))
    yield _ROW.format(
        str(file)[-40:],
        count,
        photo.verdict,
        f"{photo.confidence:.1%}",
        f"{photo.probability_happy:.3f}",
    )
    if len(photo.faces) > 1:
        for number, face in enumerate(photo.faces, start=1):
            yield _ROW.format(
                "",
                f"#{number}",
                face.verdict,
                f"{face.confidence:.1%}",
                f"{face.probability_happy:.3f}",
            )


if __name__ == "__main__":
    sys.exit(main())
