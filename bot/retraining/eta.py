"""Remaining time of a retraining: estimated from the last one, then from the progress."""

import time
from collections.abc import Callable

from bot.storage.runs import Run
from model.retraining.progress import STAGES, Progress

# On two cores of a server: what every retraining costs, and what each sample adds.
_START_S, _SAMPLE_S = 15.0, 0.03
_STAGE_SHARES = dict(zip(STAGES, (0.45, 0.35, 0.15, 0.05), strict=True))  # of the whole time
_MIN_SHARE = 0.1  # from here on the progress is a better base than the first estimate


def estimate(samples: int, last: Run | None) -> int:
    """Estimate the duration of a retraining before it starts.

    Args:
        samples: number of samples to train on.
        last: the last run in the same mode that came to a result, if any.

    Returns:
        Seconds.
    """
    seconds = _START_S + _SAMPLE_S * samples
    if last is not None and last.ended_at is not None and last.samples is not None:
        took = last.ended_at - last.started_at
        if took > 0:  # unless the clock was set back meanwhile
            seconds *= took / (_START_S + _SAMPLE_S * last.samples)
    return round(seconds)


class EtaEstimator:
    """Estimates the remaining time of a retraining.

    Args:
        estimate_s: estimated duration of the whole, in seconds.
        clock: returns seconds since any moment.
    """

    def __init__(self, estimate_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.estimate_s = estimate_s
        self._clock = clock
        self._started_at = clock()

    def remaining(self, progress: Progress) -> int:
        """Return the seconds until the end."""
        elapsed = self._clock() - self._started_at
        share = _share_done(progress)
        whole = elapsed / share if share >= _MIN_SHARE else max(self.estimate_s, elapsed)
        return round(whole - elapsed)


def _share_done(progress: Progress) -> float:
    before = sum(_STAGE_SHARES[name] for name in STAGES[: STAGES.index(progress.stage)])
    done = progress.done / progress.total if progress.total else 0
    return before + _STAGE_SHARES[progress.stage] * done
