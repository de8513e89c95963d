"""Compare this bot with the bots that people write with the usual libraries.

Three bots: this one; a handler of python-telegram-bot with `fer` and its Haar cascade; and one with
`mtcnn` and Keras. First their pipelines alone, from the bytes of a photo to the verdict, on one
core. Then the whole bots against the sandbox, with one photo in flight and with eight, each from
another of 200 chats: with the bot on one core and everything else on the other, and then without
that. They take turns, and each run of a bot is a new process. Only figures of one run of this
script can be compared. Linux only; needs two cores.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.benchmarks.peers import plots, report
from scripts.benchmarks.peers.environment import python_of
from scripts.benchmarks.peers.photos import draw_photos, photos_in
from scripts.benchmarks.peers.runs import NAMES, PARTS, PINNED, PIPELINES, UNPINNED, measure_all

ENVIRONMENT = Path.home() / ".cache" / "photo-mood-peers"
QUICK_PHOTOS = 10
QUICK_PARTS = (PIPELINES, PINNED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparison, print its tables, and write them as JSON and plots.

    Args:
        arguments: command line arguments; by default those of the process.

    Returns:
        The exit status, 0.
    """
    options = _parser().parse_args(arguments)
    python = python_of(options.environment)
    with TemporaryDirectory(prefix="benchmark-photos-") as folder:
        photos = photos_in(options.photos) if options.photos else draw_photos(Path(folder))
        if options.quick:
            photos = photos[:: max(1, len(photos) // QUICK_PHOTOS)]
        repeats = 1 if options.quick else options.repeats
        parts = options.part or (QUICK_PARTS if options.quick else PARTS)
        results = measure_all(parts, options.program or NAMES, python, photos, repeats)
    print(f"{len(photos)} photos, {repeats} runs each: median (least–most)\n")
    print(report.tables(results))
    print(report.comparison(results))
    options.output.mkdir(parents=True, exist_ok=True)
    report.write_json(results, options.output / "peers.json")
    plots.draw(results, options.output / "peers.png")
    print(f"Written to {options.output}: peers.json, peers.png")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmarks.peers", description=__doc__)
    parser.add_argument(
        "photos",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the photos to send, in the folder or below it (default: pictures that are drawn)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"about {QUICK_PHOTOS} of the photos, one run, without the part {UNPINNED!r}",
    )
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this part; may be repeated"
    )
    parser.add_argument(
        "--program", action="append", choices=NAMES, help="only this one; may be repeated"
    )
    parser.add_argument(
        "--repeats", type=int, default=3, help="runs of each program (default: %(default)s)"
    )
    parser.add_argument(
        "--environment",
        type=Path,
        default=ENVIRONMENT,
        help="the folder with the others' packages, 2.3 GB, made if needed (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("benchmark-peers"),
        help="the folder for the results (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
