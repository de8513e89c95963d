"""Tells how far a retraining is, not too often."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bot.retraining.eta import EtaEstimator
from model.retraining.settings import Progress

_EVERY_S = 0.5


class ProgressThrottle:
    """Makes events of progress.

    Args:
        run: its id.
        forecast: says how long it still takes.
        tell: is called with the events, in JSON's types.
    """

    def __init__(
        self, run: int | None, forecast: EtaEstimator, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self._run = run
        self._forecast = forecast
        self._tell = tell
        self._stage = ""
        self._told_at = 0.0

    def tell(self, progress: Progress) -> None:
        """Tell it, unless something of the same stage was told a moment ago."""
        now = time.monotonic()
        if progress.stage == self._stage and now - self._told_at < _EVERY_S:
            return
        self._stage, self._told_at = progress.stage, now
        self._tell(
            {
                "event": "progress",
                "run": self._run,
                **asdict(progress),
                "eta_s": self._forecast.remaining(progress.stage, progress.done, progress.total),
            }
        )
