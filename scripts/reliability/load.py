"""Measure how the bot does below and above its capacity.

First the capacity is measured: photos a second, with a few always in hand. Then simulated people
send photos, albums and texts at random moments, at a given share of that rate, and tap on what they
get. Each of these must get a word, once, and the bot's memory must not grow.
"""

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Sequence

import numpy as np

from scripts.reliability.people import PHOTOS_A_MESSAGE, People
from scripts.reliability.report import MB, describe, no_tracebacks, print_times, verdict
from scripts.reliability.trial import Trial, run, trial

LANES = 16  # photos in hand while the capacity is measured
CAPACITY_S = 30.0
PATIENCE_S = 60.0
TAPPED = 0.3  # share of the answers
MAX_GROWTH = 0.05  # of the memory, over the last half
WINDOWS = 5  # that the last half is divided into
SHOWN_WINDOWS = 10  # that the whole is divided into

Sample = tuple[float, int]  # when, by time.monotonic(), and resident bytes


async def compare(factors: Sequence[float], people: int, minutes: float, seed: int) -> bool:
    """Run once at each share of the capacity, each time with a new bot.

    Returns:
        Whether all checks passed.
    """
    return all([await _load(factor, people, minutes, seed) for factor in factors])


async def _load(factor: float, people: int, minutes: float, seed: int) -> bool:
    async with trial(people) as running:
        acting = People(running, seed)
        capacity = await _capacity(running, acting)
        rate = factor * capacity
        print(
            f"capacity {capacity:.2f} photos/s with {LANES} in hand; load {factor:g} times that: "
            f"{rate:.2f} photos/s from {people} people, {minutes:g} min, seed {seed}",
            flush=True,
        )
        running.ledger.sent.clear()
        start = time.monotonic()
        end = start + 60 * minutes
        acting.tap_on_answers(TAPPED)
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(_memory_until(end, running))
            tasks.create_task(_send_until(end, rate / PHOTOS_A_MESSAGE, running, acting))
        await acting.finish()
        await running.wait_for_words(PATIENCE_S)
        await acting.finish()
        last = max((at for sent in running.ledger.sent for at, _ in sent.answers), default=end)
        print(f"  the last answer came {max(0.0, last - end):.0f} s after the end of the load")
        return _report(running, start, watching.result())


async def _capacity(running: Trial, acting: People) -> float:
    """Return how many photos a second the bot answers."""
    users = itertools.cycle(running.people)
    end = time.monotonic() + CAPACITY_S

    async def lane() -> int:
        answered = 0
        while time.monotonic() < end:
            sent = await acting.send_photos(next(users), 1)
            async with asyncio.timeout(PATIENCE_S):
                await sent.word.wait()
            answered += 1
        return answered

    start = time.monotonic()
    counts = await asyncio.gather(*(lane() for _ in range(LANES)))
    return sum(counts) / (time.monotonic() - start)


async def _send_until(end: float, rate: float, running: Trial, acting: People) -> None:
    """Let random people send things, `rate` a second on average."""
    while True:
        await asyncio.sleep(acting.rng.expovariate(rate))
        if time.monotonic() > end:
            return
        acting.begin(acting.send_anything(acting.rng.choice(running.people)))


async def _memory_until(end: float, running: Trial) -> list[Sample]:
    samples = []
    while time.monotonic() < end:
        samples.append((time.monotonic(), running.bot.resident_bytes()))
        await asyncio.sleep(1.0)
    return samples


def _report(running: Trial, start: float, memory: Sequence[Sample]) -> bool:
    ledger = running.ledger
    print_times(ledger)
    shown = " ".join(f"{median / MB:.0f}" for median in _medians(memory, SHOWN_WINDOWS))
    print(f"  resident memory in each tenth of the time: {shown} MB")
    last_half = _medians(memory[len(memory) // 2 :], WINDOWS)
    growth = max(last_half) / min(last_half) - 1
    silent, repeated = ledger.waiting(), ledger.repeated()
    return all(
        [
            verdict("without a word", not silent, describe(silent, start)),
            verdict("answered twice", not repeated, describe(repeated, start)),
            verdict("messages that nobody asked for", not ledger.unasked, str(len(ledger.unasked))),
            verdict(
                "memory over the last half",
                growth <= MAX_GROWTH,
                f"varies by {growth:.1%}, at most {MAX_GROWTH:.0%}",
            ),
            verdict("the bot runs", running.bot.runs, "one process" if running.bot.runs else "no"),
            no_tracebacks(running),
        ]
    )


def _medians(memory: Sequence[Sample], windows: int) -> list[float]:
    """Return the median resident bytes in each of some windows of the time."""
    parts = np.array_split([size for _, size in memory], windows)
    return [float(np.median(part)) for part in parts if len(part)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, or 1 if a check failed.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.reliability.load", description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--minutes", type=float, default=10, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument(
        "--factor",
        type=float,
        nargs="+",
        default=[0.8, 1.5],
        help="shares of the measured capacity, one run each (default: 0.8 1.5)",
    )
    options = parser.parse_args(arguments)
    return run(compare(options.factor, options.people, options.minutes, options.seed))


if __name__ == "__main__":
    sys.exit(main())
