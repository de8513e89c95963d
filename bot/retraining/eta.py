"""How far a retraining is and how long it still takes: from the last one, then as measured."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.storage.runs import Run
from model.retraining.progress import STAGES, Progress

# Seconds on two cores of a server, in the default mode: what every retraining costs, what each
# sample adds, and what each epoch takes, which hardly depends on the samples.
_IMPORT_S, _SAMPLE_S, _EPOCH_S, _PACKING_S, _GATE_S = 3.0, 0.011, 0.26, 2.0, 0.3
# With fewer samples, a fifth of them is too few to measure with, and the network is trained six
# times for cross-validation (see `MIN_HELD_OUT` in `model.retraining.cross_validation`).
_CROSS_VALIDATED_BELOW = 300
_EPOCHS, _TRAININGS = 16, 6
# A first epoch that takes less than this is mostly the building of the network's graph.
_LONG_EPOCH_S = 10.0


def estimate(samples: int, last: Run | None) -> dict[str, float]:
    """Estimate the duration of a retraining before it starts.

    Args:
        samples: number of samples to train on.
        last: the last run in the same mode that came to a result, if any.

    Returns:
        The seconds of each stage; those before the first stage under an empty name.
    """
    usual, factor = _usual(samples), 1.0
    if last is not None and last.ended_at is not None and last.samples is not None:
        took = last.ended_at - last.started_at
        if took > 0:  # unless the clock was set back meanwhile
            factor = took / sum(_usual(last.samples).values())
    return {stage: factor * seconds for stage, seconds in usual.items()}


def _usual(samples: int) -> dict[str, float]:
    trainings = _TRAININGS if samples < _CROSS_VALIDATED_BELOW else 1
    seconds = (_SAMPLE_S * samples, _EPOCH_S * _EPOCHS * trainings, _PACKING_S, _GATE_S)
    return {"": _IMPORT_S, **dict(zip(STAGES, seconds, strict=True))}


class EtaEstimator:
    """Estimates the remaining time of a retraining, and how much of the whole is done.

    As soon as steps of a stage are done, the rest of the stage is as long as these say: from the
    first epochs on, the training lasts as long as they did. Later stages last as long as they were
    estimated to.

    Args:
        expected: the result of `estimate`.
        clock: returns seconds since any moment.
    """

    def __init__(
        self, expected: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._expected = expected
        self._clock = clock
        self._started_at = self._stage_started_at = clock()
        self._first_epoch_at: float | None = None
        self._stage = ""
        self._share = 0.0
        self._is_corrected = False

    @property
    def estimate_s(self) -> int:
        """The estimated duration of the whole, in seconds."""
        return round(sum(self._expected.values()))

    def complete(self, progress: Progress) -> Progress:
        """Return a report with the remaining time and the share of the whole.

        The share never falls, except when the first epochs correct it.

        Args:
            progress: each report of the retraining, in order.
        """
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._stage_started_at = progress.stage, now
        step_s = self._step_s(progress, now)
        if step_s is None:
            took = now - self._stage_started_at
            rest = max(0.0, self._expected[progress.stage] - took)
        else:
            rest = step_s * (progress.total - progress.done)
        later = STAGES[STAGES.index(progress.stage) + 1 :]
        remaining = rest + sum(self._expected[name] for name in later)
        elapsed = now - self._started_at
        share = elapsed / (elapsed + remaining) if elapsed + remaining else 0.0
        is_correction = progress.stage == "training" and step_s is not None
        if self._is_corrected or not is_correction:
            share = max(share, self._share)
        self._is_corrected |= is_correction
        self._share = share
        return replace(progress, eta_s=round(remaining), share=share)

    def _step_s(self, progress: Progress, now: float) -> float | None:
        """Return how long a step of the stage takes; None while no step says so."""
        done, took = progress.done, now - self._stage_started_at
        if progress.stage != "training":
            return took / done if done else None
        if done == 1:
            self._first_epoch_at = now
            return took if took >= _LONG_EPOCH_S else None
        if self._first_epoch_at is None:
            return took / done if done else None
        return (now - self._first_epoch_at) / (done - 1)
