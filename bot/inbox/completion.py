"""Stores that items are handled, in as few transactions as possible."""

import asyncio
import logging

from bot.errors import StorageError
from bot.inbox.item import Item
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import Handled

AGAIN_S = 1.0

logger = logging.getLogger(__name__)


class Completion:
    """The items that are handled while that is not stored yet.

    Args:
        database: where to store it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items: list[Item] = []
        self._task: asyncio.Task[None] | None = None
        self._tried = asyncio.Event()
        self._tried.set()

    @property
    def items(self) -> list[Item]:
        return self._items

    def add(self, item: Item) -> None:
        """Store soon that an item is handled, as often as it takes."""
        self._items.append(item)
        self._tried.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._store())

    async def wait(self) -> None:
        """Wait until everything is stored, or cannot be for now."""
        await self._tried.wait()

    async def _store(self) -> None:
        failed = False
        while self._items:
            batch = [*self._items]
            try:
                await storage.finish(self._database, [_handled(item) for item in batch])
            except StorageError as error:
                if not failed:
                    logger.error(
                        "It cannot be stored that updates are handled, trying again: %s", error
                    )
                failed = True
                self._tried.set()
                await asyncio.sleep(AGAIN_S)
            else:
                del self._items[: len(batch)]
        self._tried.set()


def _handled(item: Item) -> Handled:
    rows = [entry.row_id for entry in item.entries if entry.row_id is not None]
    return Handled(rows, item.answer_ids, item.photo_requests)
