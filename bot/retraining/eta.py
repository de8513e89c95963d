"""How far a retraining is and how long it still takes: from the last one, then as measured."""

import time
from collections.abc import Callable
from dataclasses import replace

from bot.storage.runs import Run
from model.retraining.progress import STAGES, Progress

# On two cores of a server: what every retraining costs, and what each sample adds.
_START_S, _SAMPLE_S = 15.0, 0.03
# Of that, what the last stages take, however many samples there are.
_LAST_STAGES_S = {"packing": 6.0, "gate": 2.0}
_SHARES = {"features": 0.55, "training": 0.45}  # of the rest


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
    """Estimates the remaining time of a retraining, and how much of the whole is done.

    As soon as a step of a stage is done, the rest of the stage is as long as its steps so far: from
    the first epoch on, the training lasts as long as that epoch says. Later stages last as long as
    they were estimated to.

    Args:
        estimate_s: estimated duration of the whole, in seconds.
        clock: returns seconds since any moment.
    """

    def __init__(self, estimate_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.estimate_s = estimate_s
        self._clock = clock
        self._started_at = self._stage_started_at = clock()
        self._stage = ""
        self._share = 0.0
        self._first_epoch_is_done = False
        rest = max(0.0, estimate_s - sum(_LAST_STAGES_S.values()))
        self._expected = {name: share * rest for name, share in _SHARES.items()} | _LAST_STAGES_S

    def complete(self, progress: Progress) -> Progress:
        """Return a report with the remaining time and the share of the whole.

        The share never falls, except when the first epoch corrects it.

        Args:
            progress: each report of the retraining, in order.
        """
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._stage_started_at = progress.stage, now
        remaining = self._rest_of_stage(progress, now) + self._later_stages()
        elapsed = now - self._started_at
        share = elapsed / (elapsed + remaining) if elapsed + remaining else 0.0
        is_first_epoch = progress.stage == "training" and progress.done > 0
        if not is_first_epoch or self._first_epoch_is_done:
            share = max(share, self._share)
        self._first_epoch_is_done |= is_first_epoch
        self._share = share
        return replace(progress, eta_s=round(remaining), share=share)

    def _rest_of_stage(self, progress: Progress, now: float) -> float:
        took = now - self._stage_started_at
        if progress.done:
            return took / progress.done * (progress.total - progress.done)
        return max(0.0, self._expected[progress.stage] - took)

    def _later_stages(self) -> float:
        later = STAGES[STAGES.index(self._stage) + 1 :]
        return sum(self._expected[name] for name in later)
