"""Measure what several replicas and a Ray cluster cost, or kill them while people use them.

Without --chaos, the same photos come at the same low rate to one bot, to several replicas, and to
a bot whose photos a Ray cluster judges: answer times and processor time are printed. With --chaos,
one part after the other is killed, one each minute, and what was lost is counted. All runs on this
machine: the sandbox, a PostgreSQL server of its own, a proxy that takes turns as a load balancer
does, the replicas, and a Ray cluster where Ray is installed.
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.benchmarks.peers.photos import draw_photos, photos_in
from scripts.benchmarks.replicas.chaos import chaos
from scripts.benchmarks.replicas.deployment import NO_RAY, ray_python
from scripts.benchmarks.replicas.layers import compare
from scripts.reliability.trial import run

RAY_REPLICAS = (1, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed or something is not installed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.replicas", description=__doc__
    )
    parser.add_argument(
        "photos",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the photos to measure with, in the folder or below it (default: pictures are drawn)",
    )
    parser.add_argument(
        "--replicas",
        type=int,
        nargs="+",
        metavar="N",
        help="how many: each number is measured (default: 1 2 4), the first one is killed "
        "(default: 2)",
    )
    parser.add_argument(
        "--chaos", type=seconds, metavar="TIME", help="kill parts for so long, such as 15m"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--no-ray", action="store_true", help="even where Ray is installed")
    options = parser.parse_args(arguments)
    has_ray = not options.no_ray and ray_python() is not None
    if not has_ray:
        print(f"Without Ray: {'--no-ray' if options.no_ray else NO_RAY}", flush=True)
    try:
        if options.chaos is not None:
            replicas = (options.replicas or [2])[0]
            ray_replicas = max(RAY_REPLICAS) if has_ray else 0
            return run(chaos(replicas, ray_replicas, options.chaos, options.seed))
        with TemporaryDirectory(prefix="benchmark-replicas-") as drawn:
            photos = photos_in(options.photos) if options.photos else draw_photos(Path(drawn))
            print(compare(photos, options.replicas or (1, 2, 4), RAY_REPLICAS if has_ray else ()))
        return 0
    except FileNotFoundError as error:
        print(f"replicas: {error}", file=sys.stderr)
        return 1


def seconds(text: str) -> float:
    """Parse a time like "90s", "15m" or "1h".

    Raises:
        argparse.ArgumentTypeError: it is something else.
    """
    if (found := re.fullmatch(r"(\d+)([smh])", text)) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 90s, 15m or 1h")
    return int(found[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2]]


if __name__ == "__main__":
    sys.exit(main())
