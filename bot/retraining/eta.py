"""How long a retraining takes: guessed beforehand from the last one, then from how far it is."""

import time
from collections.abc import Callable

from bot.storage.runs import Run

# On two cores of a server: what every retraining costs, and what each lesson adds.
_START_S, _LESSON_S = 15.0, 0.03
# The share of the whole that each stage takes, in order.
_SHARES = {"features": 0.45, "training": 0.35, "packing": 0.15, "gate": 0.05}
_TELLING = 0.1  # from this share on, how far it is tells more than the guess


def estimate(samples: int, last: Run | None) -> int:
    """Guess how long a retraining will take.

    Args:
        lessons: that it learns from.
        last: the last one in the same mode that came to a result, if any.

    Returns:
        Seconds.
    """
    seconds = _START_S + _LESSON_S * samples
    if last is not None and last.ended_at is not None and last.samples is not None:
        took = max(1, last.ended_at - last.started_at)
        seconds *= took / (_START_S + _LESSON_S * last.samples)
    return round(seconds)


class EtaEstimator:
    """Says how long it still takes.

    Args:
        guess_s: seconds for the whole, guessed beforehand.
        clock: seconds since any moment.
    """

    def __init__(self, guess_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._guess_s = guess_s
        self._clock = clock
        self._began = clock()

    def remaining(self, stage: str, done: int, total: int) -> int:
        """Seconds until the end.

        Args:
            stage: that it is in.
            done: of `total`, in this stage.
            total: 0 if not known.
        """
        elapsed = self._clock() - self._began
        share = _share(stage, done, total)
        whole = elapsed / share if share >= _TELLING else max(self._guess_s, elapsed)
        return round(whole - elapsed)


def _share(stage: str, done: int, total: int) -> float:
    """How much of the whole is done, 0 to 1."""
    stages = list(_SHARES)
    before = sum(_SHARES[name] for name in stages[: stages.index(stage)])
    return before + _SHARES[stage] * (done / total if total else 0)
