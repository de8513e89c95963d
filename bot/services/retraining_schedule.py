"""Starts retraining on a schedule."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from bot.errors import NobodyRetrainsError, StorageError
from bot.operations.daily_time import DailyTime
from bot.services.retraining_service import RetrainingService
from bot.storage.advisory_lock import AdvisoryLock

CHECK_EVERY_S = 60.0

logger = logging.getLogger(__name__)


@dataclass
class RetrainingSchedule:
    """When to retrain.

    Attributes:
        after: number of new samples that starts a retraining; None for no such limit.
        daily: when a single new sample starts one; None for no such time.
    """

    after: int | None
    daily: DailyTime | None
    _tried: int = 0  # new samples when it was last due

    @property
    def is_on(self) -> bool:
        """Whether it can be due at all."""
        return self.after is not None or self.daily is not None

    def is_due(self, new: int, now: datetime) -> bool:
        """Return whether to retrain now; true once for each occasion.

        Args:
            new: number of samples that are new since the last retraining.
            now: the current time in UTC.
        """
        by_clock = self.daily is not None and self.daily.has_passed(now) and new > 0
        # After a failed retraining they are still new, and would most likely fail again.
        self._tried = min(self._tried, new)
        by_number = self.after is not None and new - self._tried >= self.after
        if by_clock or by_number:
            self._tried = new
        return by_clock or by_number


async def run_schedule(
    schedule: RetrainingSchedule,
    retraining: RetrainingService,
    lock: AdvisoryLock,
    tell_nobody_retrains: Callable[[NobodyRetrainsError], Awaitable[None]],
    every_s: float = CHECK_EVERY_S,
) -> NoReturn:
    """Start a retraining whenever one is due, until cancelled.

    Args:
        schedule: when to retrain.
        retraining: starts it.
        lock: of several bots, only the one that has it does this.
        tell_nobody_retrains: called when one is due but nobody can retrain.
        every_s: seconds between two checks.
    """
    while True:
        try:
            if await lock.try_acquire():
                await _start_if_due(schedule, retraining)
        except NobodyRetrainsError as error:
            logger.warning("%s", error)
            await tell_nobody_retrains(error)
        except StorageError as error:
            logger.warning("The retraining schedule is checked again later: %s", error)
        except Exception:
            logger.exception("The retraining schedule is checked again later")
        await asyncio.sleep(every_s)


async def _start_if_due(schedule: RetrainingSchedule, retraining: RetrainingService) -> None:
    offer = await retraining.offer()
    if schedule.is_due(offer.new_samples.new, datetime.now(UTC)):
        logger.info("A scheduled retraining is due")
        await retraining.start(None)
