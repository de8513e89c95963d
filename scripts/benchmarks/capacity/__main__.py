"""Compute how many replicas, cores and connections some numbers of photos a second need.

First a bot in the sandbox, on a PostgreSQL server of its own, answers the photos of a folder one at
a time, and it is measured how long each occupies the event loop, a worker and the database's lock.
From these service times, a model of queues computes the rest; a simulation of the same queues is
printed beside it. Linux only. docs/scaling.md explains the model.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from scripts.benchmarks.capacity import plot
from scripts.benchmarks.capacity.measurement import measure
from scripts.benchmarks.capacity.queueing import Seconds
from scripts.benchmarks.capacity.service_times import ServiceTimes
from scripts.benchmarks.capacity.sizing import highest_rate, table
from scripts.benchmarks.peers.photos import draw_photos, photos_in

RATES = (10.0, 100.0, 1000.0)  # photos a second
TARGETS_S = (0.5, 1.0)  # of the 95th percentile


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if PostgreSQL is missing or a file has no service times.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmarks.capacity", description=__doc__
    )
    parser.add_argument(
        "photos",
        nargs="?",
        type=Path,
        metavar="FOLDER",
        help="the photos to send, in the folder or below it (default: pictures that are drawn)",
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="file for the service times")
    parser.add_argument(
        "--load", type=Path, metavar="FILE", help="service times to use instead of measuring them"
    )
    parser.add_argument(
        "--commit",
        type=float,
        metavar="MS",
        help="milliseconds of a commit on another server's disk, instead of the measured ones",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="file for a plot (PNG)")
    options = parser.parse_args(arguments)
    try:
        times = ServiceTimes.read(options.load) if options.load else _measured(options.photos)
    except (OSError, ValueError) as error:
        print(f"capacity: {error}", file=sys.stderr)
        return 1
    if options.save:
        times.write(options.save)
    if options.commit is not None:
        times = times.with_commit(options.commit / 1000)
    if options.plot:
        plot.draw(times, options.plot)
    print(f"{_summary(times)}\n\n{table(times, RATES, TARGETS_S)}")
    return 0


def _measured(folder: Path | None) -> ServiceTimes:
    if folder is not None:
        return measure(photos_in(folder))
    with TemporaryDirectory(prefix="benchmark-capacity-") as drawn:
        return measure(draw_photos(Path(drawn)))


def _summary(times: ServiceTimes) -> str:
    rows = [
        _times("event loop, CPU a photo", times.loop),
        _times("other threads, CPU a photo", times.workers),
        _times("database's lock, held by a transaction before its commit", times.statements),
        _times("database's lock, held during the commit", times.commit),
    ]
    return "\n".join(
        [
            "| measured | mean, ms | median, ms | p95, ms | coefficient of variation |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
            f"{len(times.loop)} photos; of each, {times.transactions:.1f} write transactions, "
            f"{1000 * times.database_cpu_s:.1f} ms of the database server's processor and "
            f"{times.database_bytes / 1000:.0f} kB in it; {times.connections} connections.",
            "The lock of one database is always held from "
            f"{highest_rate(times):.0f} photos a second on.",
        ]
    )


def _times(name: str, seconds: Seconds) -> str:
    mean = 1000 * float(np.mean(seconds))
    median, p95 = 1000 * np.percentile(seconds, [50, 95])
    variation = float(np.std(seconds) / np.mean(seconds))
    return f"| {name} | {mean:.1f} | {median:.1f} | {p95:.1f} | {variation:.2f} |"


if __name__ == "__main__":
    sys.exit(main())
