"""Erases what must not be kept any longer, by itself."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import NoReturn

from bot.errors import StorageError
from bot.storage import crops
from bot.storage.database import Database

EVERY_S = 3600.0
REST = 9  # times as long as a scrub took: nobody can write meanwhile, and anybody can ask for one

logger = logging.getLogger(__name__)


class Housekeeper:
    """Lets crops expire, and removes the traces of what was erased.

    Args:
        database: what is kept in order.
        every_s: seconds between two rounds; the first begins at once.
        clock: seconds, from any start, never going back.
    """

    def __init__(
        self,
        database: Database,
        every_s: float = EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._every_s = every_s
        self._clock = clock
        self._scrubbing = asyncio.Lock()
        self._rests_until = -math.inf

    async def run(self) -> NoReturn:
        """Make rounds until cancelled; one that fails is made up for by the next."""
        while True:
            try:
                await self._round()
            except StorageError as error:
                logger.warning("Expired faces stay for now: %s", error)
            except Exception:
                logger.exception("A round of housekeeping failed")
            await asyncio.sleep(self._every_s)

    async def scrub(self) -> bool:
        """Remove the traces of what was erased from the files; those who wait share a scrub.

        Returns:
            False if traces are left, as the files are in use by another program or the last scrub
            was just now; then each round tries again, be it of another process.
        """
        return await self._scrub(rests=True)

    async def _scrub(self, rests: bool) -> bool:
        try:
            async with self._scrubbing:
                if not await self._database.needs_scrub():
                    return True
                if rests and self._clock() < self._rests_until:
                    return False
                await self._scrub_and_rest()
        except StorageError as error:
            logger.warning("Traces of erased data stay for now: %s", error)
            return False
        logger.info("What was erased left no traces")
        return True

    async def _scrub_and_rest(self) -> None:
        began = self._clock()
        try:
            await self._database.scrub()
        finally:
            ended = self._clock()
            self._rests_until = ended + REST * (ended - began)

    async def _round(self) -> None:
        erased = await crops.erase_expired(self._database, int(time.time()))
        if await self._scrub(rests=False):
            await self._database.truncate_log()
        if erased:
            logger.info("Faces expired and erased: %d", erased)
