"""Figures of a run, as lines of text."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from scripts.reliability.ledger import Ledger, Outcome, Sent
from scripts.reliability.trial import Trial

MB = 2**20


def print_times(ledger: Ledger) -> None:
    """Print how many were sent of each kind, what became of them, and how long it took."""
    print(f"  {'':<6} {'sent':>6} {'answered':>9} {'refused':>8} {'covered':>8} {'silent':>7}"
          f" {'p50':>8} {'p95':>8} {'p99':>8}")  # fmt: skip
    everything = ledger.everything()
    for kind in ("photo", "album", "text", "tap"):
        some = [sent for sent in everything if sent.kind == kind]
        counts = Counter(map(ledger.outcome, some))
        numbers = "{:>9} {:>8} {:>8} {:>7}".format(*(counts[outcome] for outcome in Outcome))
        times = " ".join(f"{seconds:>6.2f} s" for seconds in percentiles(some))
        print(f"  {kind:<6} {len(some):>6} {numbers} {times}")


def percentiles(some: Iterable[Sent], at: Sequence[float] = (50, 95, 99)) -> list[float]:
    """Return percentiles of the seconds that answers took; NaN if there are none."""
    times = [sent.seconds for sent in some if sent.seconds is not None]
    if not times:
        return [float("nan")] * len(at)
    return [float(value) for value in np.percentile(times, at, method="nearest")]


def verdict(name: str, fine: bool, detail: str) -> bool:
    """Print the result of a check, and return whether it passed."""
    print(f"  {'ok  ' if fine else 'FAIL'} {name}: {detail}", flush=True)
    return fine


def no_tracebacks(trial: Trial) -> bool:
    """Check that the bot's log has no traceback; print the first one if it has."""
    found = trial.bot.tracebacks()
    return verdict("tracebacks in the log", not found, "\n".join([str(len(found)), *found[:1]]))


def describe(some: Sequence[Sent], start: float, most: int = 5) -> str:
    """Return how many there are, and the first ones: kind, user, and when they were sent.

    Args:
        some: what was sent.
        start: of the run, by `time.monotonic()`.
        most: how many to describe.
    """
    first = ", ".join(f"{one.kind} of {one.user} at {one.at - start:.1f} s" for one in some[:most])
    return f"{len(some)} ({first})" if some else "0"
