"""Which of several bots on one database tells admins of the end of a retraining."""

import time
from collections.abc import Callable

from bot.storage.database import Database
from bot.storage.dialects import NOTIFIER_LOCK
from bot.storage.runs import Run

# Whoever started a retraining knows at once that it has ended, and has the message that shows its
# progress; so the others wait.
OTHERS_WAIT_S = 10


class ReportingTurn:
    """A turn that one bot has at a time; the next one has it when that bot dies.

    Args:
        database: the database that all of them use.
        clock: returns seconds since 1970.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._lock = database.lock(NOTIFIER_LOCK)
        self._is_shared = database.is_shared
        self._clock = clock
        self._ours: set[int] = set()

    def claim(self, run: int) -> None:
        """Note that this bot started a run, or found out that it was interrupted."""
        self._ours.add(run)

    def is_ours(self, run: Run) -> bool:
        """Return whether this bot is to tell of a run that has ended."""
        if not self._is_shared or run.id in self._ours or run.ended_at is None:
            return True
        # Times are rounded, so even by the same clock, the end may be half a second ahead. If the
        # clock of the machine that ended it is far ahead, waiting for it could take for ever.
        return abs(self._clock() - run.ended_at) >= OTHERS_WAIT_S

    async def take(self) -> bool:
        """Return whether this bot has the turn, after taking it if nobody has.

        Raises:
            StorageError: the database cannot be used.
        """
        return await self._lock.try_acquire()

    async def end(self) -> None:
        """Let another bot have it."""
        await self._lock.release()
