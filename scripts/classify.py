"""Classify photos as happy or sad, and print a table, or one JSON object for each photo."""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image

from bot.private_files import usable_folder
from model.data.image_folder import list_files
from model.errors import ImageError, ModelError
from model.images.validation import FILE_SUFFIXES
from model.prediction.annotate import annotate
from model.prediction.mood_predictor import MoodResult
from model.prediction.occlusion import draw_heat_map, occlusion_map, visible_strength
from model.prediction.predictor import Predictor
from model.prediction.results import FaceVerdict, PhotoVerdict
from scripts.standard_streams import escape_unprintable

_STANDARD_INPUT = Path("-")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a photo could not be read.
    """
    escape_unprintable()
    options = _parser().parse_args(arguments)
    try:
        predictor = Predictor(options.model)
        options.draw, options.why = _made(options.draw), _made(options.why)
    except (ModelError, ValueError, OSError) as error:
        print(f"classify: {error}", file=sys.stderr)
        return 1
    if not options.json:
        print(_HEADER)
    files = [file for given in options.photo for file in _files(given)]
    names = _Names()
    readable = [_classify(file, predictor, options, names) for file in files]
    return 0 if files and all(readable) else 1


def _files(given: Path) -> list[Path]:
    """Return the pictures in a folder and in those within it, or the file itself."""
    if not given.is_dir():
        return [given]
    files = [file for file in list_files(given) if file.suffix.lower() in FILE_SUFFIXES]
    if not files:
        print(f"classify: {given}: there is no picture in this folder", file=sys.stderr)
    return files


def _made(folder: Path | None) -> Path | None:
    if folder is None:
        return None
    folder = usable_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _Names:
    """Names pictures so that none of one run replaces another one."""

    def __init__(self) -> None:
        self._given: set[Path] = set()

    def new_file(self, folder: Path, name: str) -> Path:
        stems = chain([name], (f"{name}_{number}" for number in count(2)))
        files = (folder / f"{stem}.jpg" for stem in stems)
        file = next(file for file in files if file not in self._given)
        self._given.add(file)
        return file


def _classify(file: Path, predictor: Predictor, options: argparse.Namespace, names: _Names) -> bool:
    """Classify one photo; return whether it could be read."""
    try:
        data = sys.stdin.buffer.read() if file == _STANDARD_INPUT else file.read_bytes()
        photo = predictor.predict(data)
        if options.draw:
            names.new_file(options.draw, _drawn_name(file)).write_bytes(annotate(photo))
        if options.why:
            for stem, overlay in _overlays(predictor, photo, _drawn_name(file)):
                overlay.save(names.new_file(options.why, stem), quality=92)
    except (ImageError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        print(f"classify: {file}: {reason}", file=sys.stderr)
        return False
    found = {"photo": str(file), **MoodResult(photo).to_dict()}
    for line in [json.dumps(found)] if options.json else _table(file, photo):
        print(line, flush=True)
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood classify", description=__doc__)
    parser.add_argument(
        "photo",
        nargs="+",
        type=Path,
        help="JPEG, PNG, WebP, HEIC or GIF; a folder of such files; or - for standard input",
    )
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
    if file == _STANDARD_INPUT:
        return "stdin"
    parent = file.resolve().parent.name
    return f"{parent}-{file.stem}" if parent else file.stem


def _overlays(
    predictor: Predictor, photo: PhotoVerdict, name: str
) -> Iterator[tuple[str, Image.Image]]:
    """Yield a name and an overlay for each face, numbered as in the answer, or the whole photo."""
    faces = [
        (f"{name}-{number}", crop, face.probability_happy)
        for number, (crop, face) in enumerate(zip(photo.crops, photo.faces, strict=True), start=1)
    ]
    whole = (name, np.asarray(photo.rgb), photo.probability_happy)
    for stem, picture, probability in faces or [whole]:
        strength = visible_strength(occlusion_map(predictor, picture), probability)
        yield stem, draw_heat_map(picture, strength)


_ROW = "{:<40} {:>5}  {:<7} {:>10} {:>9} {:>11}"
_HEADER = _ROW.format("photo", "face", "verdict", "confidence", "P(happy)", "P(neither)")


def _table(file: Path, photo: PhotoVerdict) -> Iterator[str]:
    """Yield a line for the photo and, if it has several faces, one for each."""
    count = "none" if photo.whole_picture else str(len(photo.faces))
    yield _ROW.format(str(file)[-40:], count, *_columns(photo))
    if len(photo.faces) > 1:
        for number, face in enumerate(photo.faces, start=1):
            yield _ROW.format("", f"#{number}", *_columns(face))


def _columns(verdict: PhotoVerdict | FaceVerdict) -> tuple[str, ...]:
    neither = verdict.probability_neither
    return (
        verdict.verdict,
        f"{verdict.confidence:.1%}",
        f"{verdict.probability_happy:.3f}",
        "-" if neither is None else f"{neither:.3f}",
    )


if __name__ == "__main__":
    sys.exit(main())
