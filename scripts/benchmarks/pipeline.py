"""Measure what a photo costs from its bytes to the verdict, in one thread and in two.

Compare times only within one run, and with nothing else running.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import mean, median
from time import perf_counter, thread_time

from model.errors import ImageError
from model.prediction.predictor import Predictor


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a photo cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.pipeline", description=__doc__
    )
    parser.add_argument("photo", nargs="+", type=Path, help="an image file")
    files = parser.parse_args(arguments).photo
    predictor = Predictor()
    predictor.warm_up()
    try:
        contents = [file.read_bytes() for file in files]
        predictor.predict(contents[0])
        print_cost(predictor, contents)
        print_threads(predictor, contents)
    except (OSError, ImageError) as error:
        print(f"pipeline: {error}", file=sys.stderr)
        return 1
    return 0


def print_cost(predictor: Predictor, contents: list[bytes]) -> None:
    """Print the processor time of a photo, and how many faces are found."""
    times, faces = [], []
    for content in contents:
        start = thread_time()
        faces.append(len(predictor.predict(content).faces))
        times.append(1e3 * (thread_time() - start))
    print(
        f"{len(contents)} photos, {sum(faces)} faces in {sum(map(bool, faces))} of them; "
        f"milliseconds of CPU a photo: median {median(times):.1f}, mean {mean(times):.1f}"
    )


def print_threads(predictor: Predictor, contents: list[bytes]) -> None:
    """Print how many photos a second one thread and two threads judge."""
    rates = []
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(predictor.predict, contents[:threads]))  # creates interpreters
            start = perf_counter()
            list(pool.map(predictor.predict, contents))
            rates.append(len(contents) / (perf_counter() - start))
    print(
        f"photos a second: {rates[0]:.1f} with one thread, {rates[1]:.1f} with two "
        f"({rates[1] / rates[0]:.2f} x)"
    )


if __name__ == "__main__":
    sys.exit(main())
