"""Regularly erases what must not be kept any longer."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import NoReturn

from bot.errors import StorageError
from bot.storage import crops
from bot.storage.database import Database

INTERVAL_S = 3600.0
# Pause after a scrub, in multiples of the time it took: nobody can write during a scrub, and any
# user can cause one.
PAUSE_FACTOR = 9

logger = logging.getLogger(__name__)


class Housekeeper:
    """Erases expired crops, and removes traces of erased data from the files.

    Args:
        database: where to erase.
        interval_s: seconds between two rounds; the first round begins at once.
        clock: monotonic time in seconds.
    """

    def __init__(
        self,
        database: Database,
        interval_s: float = INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._interval_s = interval_s
        self._clock = clock
        self._scrubbing = asyncio.Lock()
        self._pause_until = -math.inf

    async def run(self) -> NoReturn:
        """Repeat rounds until cancelled. If one fails, the next one does its work."""
        while True:
            try:
                await self._round()
            except StorageError as error:
                logger.warning("Expired faces stay for now: %s", error)
            except Exception:
                logger.exception("A round of housekeeping failed")
            await asyncio.sleep(self._interval_s)

    async def scrub(self) -> bool:
        """Remove traces of erased data from the files. Simultaneous calls share one scrub.

        Returns:
            False if traces are left, because another program is using the database or the last
            scrub was only a moment ago. Every round tries again, also after a restart.
        """
        return await self._scrub(may_pause=True)

    async def _scrub(self, may_pause: bool) -> bool:
        try:
            async with self._scrubbing:
                if not await self._database.needs_scrub():
                    return True
                if may_pause and self._clock() < self._pause_until:
                    return False
                await self._scrub_and_pause()
        except StorageError as error:
            logger.warning("Traces of erased data stay for now: %s", error)
            return False
        logger.info("Traces of erased data removed")
        return True

    async def _scrub_and_pause(self) -> None:
        began = self._clock()
        try:
            await self._database.scrub()
        finally:
            ended = self._clock()
            self._pause_until = ended + PAUSE_FACTOR * (ended - began)

    async def _round(self) -> None:
        erased = await crops.erase_expired(self._database, int(time.time()))
        if await self._scrub(may_pause=False):
            await self._database.truncate_log()
        if erased:
            logger.info("Faces expired and erased: %d", erased)
