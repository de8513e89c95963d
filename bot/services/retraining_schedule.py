"""Starts retraining on a schedule."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NoReturn

from bot.errors import StorageError
from bot.services.retraining_service import RetrainingService

CHECK_EVERY_S = 60.0
_DAY = timedelta(days=1)

logger = logging.getLogger(__name__)


@dataclass
class RetrainingSchedule:
    """When to retrain.

    Attributes:
        after: number of new samples that starts a retraining; None for no such limit.
        at: time of day in UTC at which a single new sample starts one; None for no such time.
        checked_at: when it was checked last, at first now; times before that have passed.
    """

    after: int | None
    at: time | None
    checked_at: datetime
    _tried: int = 0  # new samples when it was last due

    @property
    def is_on(self) -> bool:
        """Whether it can be due at all."""
        return self.after is not None or self.at is not None

    def is_due(self, new: int, now: datetime) -> bool:
        """Return whether to retrain now; true once for each occasion.

        Args:
            new: number of samples that are new since the last retraining.
            now: the current time in UTC.
        """
        by_clock = self._time_has_passed(now) and new > 0
        # After a failed retraining they are still new, and would most likely fail again.
        self._tried = min(self._tried, new)
        by_number = self.after is not None and new - self._tried >= self.after
        if by_clock or by_number:
            self._tried = new
        return by_clock or by_number

    def _time_has_passed(self, now: datetime) -> bool:
        before, self.checked_at = self.checked_at, now
        if self.at is None:
            return False
        today = datetime.combine(now.date(), self.at, UTC)
        return any(before < moment <= now for moment in (today - _DAY, today))


async def run_schedule(
    schedule: RetrainingSchedule, retraining: RetrainingService, every_s: float = CHECK_EVERY_S
) -> NoReturn:
    """Start a retraining whenever one is due, until cancelled.

    Args:
        schedule: when to retrain.
        retraining: starts it.
        every_s: seconds between two checks.
    """
    while True:
        try:
            offer = await retraining.offer()
            if schedule.is_due(offer.new_samples.new, datetime.now(UTC)):
                logger.info("A scheduled retraining is due")
                await retraining.start(None)
        except StorageError as error:
            logger.warning("The retraining schedule is checked again later: %s", error)
        except Exception:
            logger.exception("The retraining schedule is checked again later")
        await asyncio.sleep(every_s)
