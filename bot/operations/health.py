"""Says whether the bot lives, and whether it can answer photos now."""

import time
from collections.abc import Callable

from bot.errors import StorageError
from bot.inbox.poller import LONG_POLL_S, Poller
from bot.metrics import Metrics
from bot.storage.database import Database

# A long poll that brings nothing ends after `LONG_POLL_S`; one may fail before that counts.
LATELY_S = 3.0 * LONG_POLL_S


class Health:
    """What is known of the parts of a bot; those that are not built yet are None.

    Args:
        polls: whether updates are fetched. If they are delivered, all replicas would become unready
            together whenever Telegram cannot be reached, and then nobody would store updates.
        metrics: knows when Telegram was reached.
        clock: monotonic time in seconds.

    Attributes:
        database: the database.
        has_model: whether the model is loaded.
        poller: what fetches updates.
    """

    def __init__(
        self, polls: bool, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._polls = polls
        self._metrics = metrics
        self._clock = clock
        self.database: Database | None = None
        self.has_model = False
        self.poller: Poller | None = None

    def lives(self) -> bool:
        """Return whether the bot does anything at all; if not, only a restart helps.

        The event loop turns, or nobody could ask. If updates are delivered, the same holds for what
        receives them.
        """
        return self.poller is None or not self.poller.hangs

    async def check(self) -> dict[str, bool]:
        """Return for each part whether it works now."""
        checks = {"model": self.has_model, "database": await self._can_write()}
        return checks | {"telegram": self._reaches_telegram()} if self._polls else checks

    def _reaches_telegram(self) -> bool:
        reached_at = self._metrics.telegram_reached_at
        return reached_at is not None and self._clock() - reached_at < LATELY_S

    async def _can_write(self) -> bool:
        if self.database is None:
            return False
        try:
            await self.database.check_writable()
        except StorageError:
            return False
        return True
