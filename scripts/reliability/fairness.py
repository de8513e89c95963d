"""Measure whether one person's flood makes others wait.

Ten polite people send a photo every few seconds, first in quiet, then while one person sends very
many texts and costly pictures at once. Both times the polite people do the same.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Sequence

from PIL import Image

from scripts.reliability.images.files import jpeg_with_scans
from scripts.reliability.images.samples import encode
from scripts.reliability.ledger import Json, Sent
from scripts.reliability.people import People
from scripts.reliability.report import describe, no_tracebacks, percentiles, verdict
from scripts.reliability.trial import Trial, run, trial

POLITE = 10
PAUSE_S = (3.0, 7.0)
TEXTS = 320
PICTURES = 80
PICTURE_SIZE, SCANS = (8000, 6250), 99
MAX_RATIO = 2.0  # of the 95th percentiles
PATIENCE_S = 60.0


async def compare(minutes: float, seed: int) -> bool:
    """Run both, `minutes` each; return whether all checks passed."""
    print(
        f"fairness: {POLITE} polite people, {minutes:g} min quiet and {minutes:g} min with a "
        f"flood, seed {seed}",
        flush=True,
    )
    quiet, _ = await _run(minutes, seed, with_flood=False)
    flooded, fine = await _run(minutes, seed, with_flood=True)
    ratio = flooded / quiet
    limit = f"p95 {flooded:.2f} s against {quiet:.2f} s, ratio {ratio:.2f}, at most {MAX_RATIO:g}"
    return verdict("polite people do not notice", ratio <= MAX_RATIO, limit) and fine


async def _run(minutes: float, seed: int, with_flood: bool) -> tuple[float, bool]:
    """Return the 95th percentile of the polite people's answers, and whether all got a word."""
    async with trial(POLITE + 1) as running:
        flooder, *polite = running.people
        acting = People(running, seed)
        costly = await _costly_picture(acting, flooder) if with_flood else None
        start = time.monotonic()
        end = start + 60 * minutes
        async with asyncio.TaskGroup() as tasks:
            for user in polite:
                tasks.create_task(_be_polite(acting, user, random.Random(seed + user), end))
            if costly:
                _flood(acting, flooder, costly)
        await acting.finish()
        await running.wait_for_words(PATIENCE_S)
        theirs = [sent for sent in running.ledger.sent if sent.user != flooder]
        _print("flooded" if with_flood else "quiet", theirs)
        silent = [sent for sent in running.ledger.waiting() if sent.user != flooder]
        fine = verdict("polite people without a word", not silent, describe(silent, start))
        if with_flood:
            _print_flooder(running, flooder)
        return percentiles(theirs)[1], no_tracebacks(running) and fine


async def _be_polite(acting: People, user: int, rng: random.Random, end: float) -> None:
    while (pause := rng.uniform(*PAUSE_S)) + time.monotonic() < end:
        await asyncio.sleep(pause)
        acting.begin(acting.send_photos(user, 1))


async def _costly_picture(acting: People, user: int) -> Json:
    """Send the costly picture once, and return the message when the bot has answered it.

    Forwarding it spares the sandbox the work of making a preview each time.
    """
    picture = encode(Image.new("RGB", PICTURE_SIZE), "JPEG", progressive=True)
    costly = jpeg_with_scans(picture, SCANS - picture.count(b"\xff\xda"))
    print(f"  the flood: {TEXTS} texts, {PICTURES} JPEG files of {len(costly) / 1000:.0f} kB")
    (message,) = await acting.crowd.send_files(user, [costly], "document")
    async with asyncio.timeout(PATIENCE_S):
        await acting.ledger.note_message(message).word.wait()
    return message


def _flood(acting: People, user: int, costly: Json) -> None:
    for _ in range(TEXTS):
        acting.begin(acting.send_text(user))
    for _ in range(PICTURES):
        acting.begin(acting.crowd.forward(user, costly))


def _print(name: str, some: Sequence[Sent]) -> None:
    times = " ".join(f"{seconds:6.2f} s" for seconds in percentiles(some))
    print(f"  {name:<8} {len(some):5} photos of polite people, p50, p95, p99: {times}", flush=True)


def _print_flooder(running: Trial, flooder: int) -> None:
    theirs = [sent for sent in running.ledger.sent if sent.user == flooder]
    outcomes = list(map(running.ledger.outcome, theirs))
    counts = {outcome.value: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
    print("  the flooder's texts and pictures:", counts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(
        prog="python -m scripts.reliability.fairness", description=__doc__
    )
    parser.add_argument("--minutes", type=float, default=3, help="of each run (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    options = parser.parse_args(arguments)
    return run(compare(options.minutes, options.seed))


if __name__ == "__main__":
    sys.exit(main())
