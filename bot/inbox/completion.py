"""Stores that items are handled, in as few transactions as possible."""

import asyncio
import logging
from collections.abc import Iterator

from bot.errors import StorageError
from bot.inbox.item import Item
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import Handled
from bot.storage.users import PhotoRequest

AGAIN_S = 1.0

logger = logging.getLogger(__name__)


class Completion:
    """The items that are handled while that is not stored yet.

    Args:
        database: where to store it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unstored: list[Handled] = []
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._tried.set()

    @property
    def photo_requests(self) -> Iterator[PhotoRequest]:
        """The photos that are not counted yet."""
        return (request for handled in self._unstored for request in handled.photo_requests)

    @property
    def rows(self) -> Iterator[int]:
        """The ids of the rows that are not marked as handled yet."""
        return (row_id for handled in self._unstored for row_id in handled.ids)

    def add(self, item: Item) -> None:
        """Store soon that an item is handled, trying until that works."""
        handled = _handled(item)
        # While the database cannot be written, many have no rows; they must not pile up.
        if not (handled.ids or handled.answer_ids or handled.photo_requests):
            return
        self._unstored.append(handled)
        self._tried.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._store())

    async def wait(self) -> None:
        """Wait until everything is stored or one attempt has failed."""
        await self._tried.wait()

    async def _store(self) -> None:
        failed = False
        while self._unstored:
            batch = [*self._unstored]
            try:
                await storage.finish(self._database, batch)
            except StorageError as error:
                if not failed:
                    logger.error(
                        "Handled updates cannot be marked as done yet, trying again: %s", error
                    )
                failed = True
                self._tried.set()
                await asyncio.sleep(AGAIN_S)
            else:
                del self._unstored[: len(batch)]
        self._tried.set()


def _handled(item: Item) -> Handled:
    rows = [entry.row_id for entry in item.entries if entry.row_id is not None]
    return Handled(rows, item.answer_ids, item.photo_requests, item.claim)
