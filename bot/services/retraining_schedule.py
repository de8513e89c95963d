"""Retrains without being asked to, once there is reason enough."""

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
    """Says when the time has come.

    Args:
        after: so many new corrections are reason enough; None: no number is.
        at: time of day in UTC at which a single one is; None: none is.
        checked_at: when it was asked last; in the beginning, now. Whatever came before is past.
    """

    after: int | None
    at: time | None
    checked_at: datetime
    _tried: int = 0  # how many corrections were new when it last said yes

    @property
    def is_on(self) -> bool:
        """Whether its time can come at all."""
        return self.after is not None or self.at is not None

    def is_due(self, new: int, now: datetime) -> bool:
        """Say whether to retrain now; yes is meant once.

        Args:
            new: how many corrections are new since the last retraining.
            now: in UTC.
        """
        by_clock = self._has_struck(now) and new > 0
        # A retraining that fails leaves them new; the same ones would most likely fail again.
        self._tried = min(self._tried, new)
        by_number = self.after is not None and new - self._tried >= self.after
        if by_clock or by_number:
            self._tried = new
        return by_clock or by_number

    def _has_struck(self, now: datetime) -> bool:
        before, self.checked_at = self.checked_at, now
        if self.at is None:
            return False
        today = datetime.combine(now.date(), self.at, UTC)
        return any(before < moment <= now for moment in (today - _DAY, today))


async def run_schedule(
    schedule: RetrainingSchedule, retraining: RetrainingService, every_s: float = CHECK_EVERY_S
) -> NoReturn:
    """Retrain whenever it is due, until cancelled.

    Args:
        schedule: says when.
        desk: knows what is new, and has it learned.
        every_s: seconds between two looks.
    """
    while True:
        try:
            prospect = await retraining.count_new_samples()
            if schedule.is_due(prospect.news.new, datetime.now(UTC)):
                logger.info("The schedule asks for a retraining")
                await retraining.start(None)
        except StorageError as error:
            logger.warning("Whether to retrain is looked into later: %s", error)
        except Exception:
            logger.exception("Whether to retrain is looked into later")
        await asyncio.sleep(every_s)
