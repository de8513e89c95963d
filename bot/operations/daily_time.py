"""Times of day at which something is due."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

_DAY = timedelta(days=1)


@dataclass
class DailyTime:
    """A time of day that passes once a day.

    Attributes:
        at: the time of day in UTC.
        checked_at: when it was checked last, at first now; times before that have passed.
    """

    at: time
    checked_at: datetime

    def has_passed(self, now: datetime) -> bool:
        """Return whether the time of day has passed since the last call.

        Args:
            now: the current time in UTC.
        """
        before, self.checked_at = self.checked_at, now
        today = datetime.combine(now.date(), self.at, UTC)
        return any(before < moment <= now for moment in (today - _DAY, today))
