"""Measure what is found in photos that were stored sideways or upside down, and what it costs.

Every photo is judged as it is and in the three other orientations. Photos in which no face is
clearly upright pay for the search in those; compare times only within one run.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import thread_time

from PIL import Image

from model.errors import ImageError
from model.faces.detector import FaceDetector
from model.images.decoding import DecodedImage, decode
from model.prediction.predictor import Predictor
from model.prediction.results import PhotoVerdict

_TURNS = (90, 180, 270)  # degrees, counterclockwise


@dataclass(frozen=True, slots=True)
class Trial:
    """One photo, judged as it is and turned."""

    upright: PhotoVerdict
    turned: dict[int, PhotoVerdict]  # by degrees


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a photo cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.turned_photos", description=__doc__
    )
    parser.add_argument("photo", nargs="+", type=Path, help="an upright photo")
    files = parser.parse_args(arguments).photo
    try:
        pictures = [decode(file.read_bytes()).rgb for file in files]
    except (OSError, ImageError) as error:
        print(f"turned_photos: {error}", file=sys.stderr)
        return 1
    predictor = Predictor()
    predictor.warm_up()
    trials = [_trial(predictor, photo) for photo in pictures]
    with_face = [trial for trial in trials if trial.upright.faces]
    print(f"{len(trials)} photos, {len(with_face)} of them with a face")
    print(f"{'turned by':>9}  {'face found':>10}  {'same mood':>9}  {'as many faces':>13}")
    for turn in _TURNS:
        _print_turn(turn, with_face)
    without = [trial for trial in trials if not trial.upright.faces]
    false = sum(bool(verdict.faces) for trial in without for verdict in trial.turned.values())
    print(f"a face in {false} of {3 * len(without)} turned photos without one")
    _print_cost([trial.upright.rgb for trial in without])
    return 0


def _trial(predictor: Predictor, photo: Image.Image) -> Trial:
    turned = {turn: photo.rotate(turn, expand=True) for turn in _TURNS}
    return Trial(
        _judge(predictor, photo), {turn: _judge(predictor, turned[turn]) for turn in _TURNS}
    )


def _judge(predictor: Predictor, photo: Image.Image) -> PhotoVerdict:
    return predictor.predict_image(DecodedImage(photo, *photo.size))


def _print_turn(turn: int, trials: list[Trial]) -> None:
    found = [(trial.upright, trial.turned[turn]) for trial in trials if trial.turned[turn].faces]
    same = sum((one.probability_happy > 0.5) == (two.probability_happy > 0.5) for one, two in found)
    as_many = sum(len(one.faces) == len(two.faces) for one, two in found)
    print(f"{turn:>8}°  {len(found):>10}  {same:>9}  {as_many:>13}")


def _print_cost(pictures: list[Image.Image]) -> None:
    """Print the time of a search with and without its turned passes, and their ratio."""
    if not pictures:
        return
    detectors = FaceDetector(), FaceDetector(turned=False)
    times: tuple[list[float], list[float]] = ([], [])
    for photo in [pictures[0], *pictures]:  # the first once more, because it warms up
        for detector, taken in zip(detectors, times, strict=True):
            start = thread_time()
            detector.detect(photo)
            taken.append(1e3 * (thread_time() - start))
    whole, upright = times[0][1:], times[1][1:]
    print(
        f"search of a photo without a face: median {median(whole):.0f} ms of CPU, "
        f"{median(upright):.0f} ms without the turned passes "
        f"({median(a / b for a, b in zip(whole, upright, strict=True)):.2f} x in the median)"
    )


if __name__ == "__main__":
    sys.exit(main())
