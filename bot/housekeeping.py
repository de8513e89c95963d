"""Erases what must not be kept any longer, by itself."""

import asyncio
import logging
import time
from typing import NoReturn

from bot.errors import StorageError
from bot.storage.corrections import expire
from bot.storage.database import Database

EVERY_S = 3600.0

logger = logging.getLogger(__name__)


class Housekeeper:
    """Lets crops expire, and removes the traces of what was erased.

    Args:
        database: what is kept in order.
        every_s: seconds between two rounds; the first begins at once.
    """

    def __init__(self, database: Database, every_s: float = EVERY_S) -> None:
        self._database = database
        self._every_s = every_s

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
        """Remove the traces of what was erased from the files, if there are any.

        Returns:
            False if they are in use by another program; then each round tries again, be it of
            another process.
        """
        try:
            if await self._database.has_traces():
                await self._database.scrub()
                logger.info("What was erased left no traces")
        except StorageError as error:
            logger.warning("Traces of erased data stay for now: %s", error)
            return False
        return True

    async def _round(self) -> None:
        erased = await expire(self._database, int(time.time()))
        if await self.scrub():
            await self._database.empty_log()
        if erased:
            logger.info("Faces expired and erased: %d", erased)
