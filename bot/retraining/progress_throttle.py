"""Emits the progress of a retraining, but not too often."""

import time
from collections.abc import Callable
from typing import Any

from bot.retraining.eta import EtaEstimator
from model.retraining.progress import Progress

_MIN_INTERVAL_S = 0.5


class ProgressThrottle:
    """Turns progress reports into events, and drops those that come too soon.

    Args:
        run: id of the run.
        eta: estimates the remaining time.
        emit: called with each event, in JSON's types.
    """

    def __init__(self, run: int, eta: EtaEstimator, emit: Callable[[dict[str, Any]], None]) -> None:
        self._run = run
        self._eta = eta
        self._emit = emit
        self._stage = ""
        self._emitted_at = 0.0

    def report(self, progress: Progress) -> None:
        """Emit the progress, unless the same stage was reported a moment ago."""
        progress = self._eta.complete(progress)
        now = time.monotonic()
        if progress.stage == self._stage and now - self._emitted_at < _MIN_INTERVAL_S:
            return
        self._stage, self._emitted_at = progress.stage, now
        self._emit({"event": "progress", "run": self._run, **progress.to_json()})
