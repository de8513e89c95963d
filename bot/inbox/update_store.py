"""Stores the updates that come in; if that fails, they are confirmed once they are handled."""

import asyncio
import logging
import math
import time
from collections.abc import Collection, Sequence

from bot.errors import StorageError
from bot.inbox.completion import Completion
from bot.inbox.item import Entry, Item
from bot.log_limit import LogLimit
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import NewUpdate

STORE_AGAIN_S = 1.0
# So soon after a failure, updates are handled without another attempt to store them: while the
# database is locked, it takes seconds, in which nobody would be answered.
AFTER_FAILURE_S = 5.0

logger = logging.getLogger(__name__)


class UpdateStore:
    """The updates that are stored, or cannot be.

    Args:
        database: where to store them.
        completion: stores that they are handled.
    """

    def __init__(self, database: Database, completion: Completion) -> None:
        self._database = database
        self._completion = completion
        self._log_limit = LogLimit()
        self._again_at = -math.inf

    async def add(self, entries: Sequence[Entry]) -> Collection[Entry]:
        """Store updates if the database can be written.

        Returns:
            Those that were delivered before, to an earlier process.
        """
        if not await self._store(entries):
            return []
        return [entry for entry in entries if entry.row_id is None]

    async def wait_until_safe(self, entries: Sequence[Entry]) -> None:
        """Wait until each update is stored or handled, and try again to store the others."""
        while unsafe := [entry for entry in entries if _is_unsafe(entry)]:
            waiting = [asyncio.ensure_future(entry.is_handled.wait()) for entry in unsafe]
            await asyncio.wait(waiting, timeout=STORE_AGAIN_S)
            for task in waiting:
                task.cancel()
            await self._store_late([entry for entry in unsafe if _is_unsafe(entry)])

    async def _store_late(self, entries: Sequence[Entry]) -> None:
        if not await self._store(entries):
            return
        for entry in entries:
            if entry.row_id is not None and entry.is_handled.is_set():
                self._completion.add(Item([entry]))

    async def _store(self, entries: Sequence[Entry]) -> bool:
        if time.monotonic() < self._again_at:
            return False
        new = [_new_update(entry) for entry in entries]
        try:
            row_ids = await storage.add(self._database, new, int(time.time()))
        except StorageError as error:
            self._again_at = time.monotonic() + AFTER_FAILURE_S
            text = "Updates cannot be stored, and are confirmed once they are handled: %s"
            self._log_limit.log(logger, logging.ERROR, None, text, error)
            return False
        for entry in entries:
            entry.row_id = row_ids.get(entry.received.update_id, entry.row_id)
        return True


def _is_unsafe(entry: Entry) -> bool:
    return entry.row_id is None and not entry.is_handled.is_set()


def _new_update(entry: Entry) -> NewUpdate:
    received = entry.received
    return NewUpdate(
        update_id=received.update_id,
        kind=received.kind,
        chat_id=received.chat_id,
        user_id=received.user_id,
        content=received.json,
        received_at=entry.received_at,
    )
