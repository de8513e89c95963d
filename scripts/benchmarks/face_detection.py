"""Measure the recall and time of face detection, and the time of each step.

The faces of the given photos are shrunk to known widths and pasted on a large canvas, on which they
are searched for at several scales, as the bot does it, and at once in the whole of it. Compare
times only within one run.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from PIL import Image

from model.errors import ImageError
from model.faces.detector import FaceDetector
from model.faces.face import Face
from model.images.decoding import decode
from model.prediction.occlusion import occlusion_map
from model.prediction.predictor import Predictor

_CANVASES = ((1280, 960), (2048, 1536))
_WIDTHS = (24, 32, 48, 64, 96, 160)  # of the faces, in pixels


@dataclass(frozen=True, slots=True)
class Source:
    """A photo and the faces in it."""

    picture: Image.Image
    faces: list[Face]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a photo cannot be read or none has a face.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.face_detection", description=__doc__
    )
    parser.add_argument("photo", nargs="+", type=Path, help="a photo with faces in it")
    files = parser.parse_args(arguments).photo
    try:
        contents = [file.read_bytes() for file in files]
        pictures = [decode(content).rgb for content in contents]
    except (OSError, ImageError) as error:
        print(f"face_detection: {error}", file=sys.stderr)
        return 1
    detectors = {"scales": FaceDetector(), "whole": FaceDetector(small=False)}
    sources = [Source(picture, detectors["scales"].detect(picture)) for picture in pictures]
    sources = [source for source in sources if source.faces]
    if not sources:
        print("face_detection: no face was found in these photos; try others", file=sys.stderr)
        return 1
    print_steps(contents)
    print_recall(sources, detectors)
    # Last, because TensorFlow would take memory and cores from the other measurements.
    from scripts.benchmarks.network import print_network_cost

    print_network_cost()
    return 0


def print_steps(contents: list[bytes]) -> None:
    """Print the median time of each step of classifying a photo."""
    predictor = Predictor()
    predictor.warm_up()
    photos = [predictor.predict(content) for content in contents]
    print(f"{len(photos)} photos, median milliseconds of each step")
    for step in ("decode", "detect", "classify"):
        print(f"  {step:<9} {median(getattr(photo.milliseconds, step) for photo in photos):7.1f}")
    times = []
    for crop in (crop for photo in photos for crop in photo.crops):
        start = perf_counter()
        occlusion_map(predictor, crop)
        times.append(1e3 * (perf_counter() - start))
    print(f"  {'why':<9} {median(times):7.1f}   for each face")


def print_recall(sources: list[Source], detectors: dict[str, FaceDetector]) -> None:
    """Print how many faces of each width are found, and the relative time."""
    print(f"\n{'canvas':<11} {'width':>5}  {'search':<9} {'found':>9} {'extra':>6} {'time':>6}")
    for canvas_size in _CANVASES:
        for width in _WIDTHS:
            canvas, truth = collage(sources, canvas_size, width)
            if not truth:
                continue
            times = {}
            for name, detector in detectors.items():
                start = perf_counter()
                found = detector.detect(canvas)
                times[name] = perf_counter() - start
                hits = sum(any(_same(face, place) for face in found) for place in truth)
                ratio = times[name] / times["scales"]
                print(
                    f"{canvas_size[0]}x{canvas_size[1]:<6} {width:>5}  {name:<9} "
                    f"{hits:>4}/{len(truth):<4} {len(found) - hits:>6} {ratio:>5.2f}x"
                )


def collage(
    sources: list[Source], size: tuple[int, int], width: int
) -> tuple[Image.Image, list[tuple[float, float, float]]]:
    """Paste photos side by side, shrunk; those that would have to be enlarged are left out.

    Args:
        sources: photos with at least one face each.
        size: width and height of the canvas, in pixels.
        width: width of the median face of each photo after shrinking, in pixels.

    Returns:
        The canvas in RGB, and center x, center y and side of each face on it; at most 40
        faces, because the detector returns no more.
    """
    canvas = Image.new("RGB", size, (120, 140, 120))
    places: list[tuple[float, float, float]] = []
    x = y = row = 0
    for _ in range(20):
        for source in sources:
            scale = width / median(face.side for face in source.faces)
            w, h = round(source.picture.width * scale), round(source.picture.height * scale)
            if x + w > size[0]:
                x, y, row = 0, y + row, 0
            fits = x + w <= size[0] and y + h <= size[1]
            if scale <= 1 and fits and len(places) + len(source.faces) <= 40:
                canvas.paste(source.picture.resize((w, h), Image.Resampling.LANCZOS), (x, y))
                places += [
                    (x + face.centre[0] * scale, y + face.centre[1] * scale, face.side * scale)
                    for face in source.faces
                ]
                x, row = x + w, max(row, h)
    return canvas, places


def _same(face: Face, place: tuple[float, float, float]) -> bool:
    x, y, side = place
    return max(abs(face.centre[0] - x), abs(face.centre[1] - y)) < 0.4 * side


if __name__ == "__main__":
    sys.exit(main())
