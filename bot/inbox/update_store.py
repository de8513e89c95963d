"""Stores the updates that come in; if that fails, they are confirmed once they are handled."""

import asyncio
import logging
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.errors import StorageError
from bot.inbox.completion import Completion
from bot.inbox.item import Entry, Item
from bot.inbox.replica import Replica
from bot.log_limit import LogLimit
from bot.storage import inbox as storage
from bot.storage import replicas
from bot.storage.database import Database
from bot.storage.inbox import NewUpdate, PendingUpdate
from bot.storage.replicas import Added

STORE_AGAIN_S = 1.0
# So soon after a failure, updates are handled without another attempt to store them: while the
# database is locked, it takes seconds, in which nobody would be answered.
AFTER_FAILURE_S = 5.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is to be done with updates that came in.

    Attributes:
        not_here: those that were delivered before, or that another replica handles.
        earlier: what other replicas received before in the same chats, for this one.
    """

    not_here: Collection[Entry] = ()
    earlier: Sequence[PendingUpdate] = ()


class UpdateStore:
    """The updates that are stored, or cannot be.

    Args:
        database: where to store them.
        completion: stores that they are handled.
        replica: this bot among others; None if it has the database for itself.
    """

    def __init__(
        self, database: Database, completion: Completion, replica: Replica | None = None
    ) -> None:
        self._database = database
        self._replica = replica
        self._completion = completion
        self._log_limit = LogLimit()
        self._again_at = -math.inf

    async def add(self, entries: Sequence[Entry]) -> Stored:
        """Store updates if the database can be written; if not, all are handled here."""
        added = await self._store(entries)
        if added is None:
            return Stored()
        elsewhere = set(added.elsewhere)
        not_here = [
            entry
            for entry in entries
            if entry.row_id is None or entry.received.update_id in elsewhere
        ]
        return Stored(not_here, added.earlier)

    async def wait_until_safe(self, entries: Sequence[Entry]) -> None:
        """Wait until each update is stored or handled, and try again to store the others."""
        while unsafe := [entry for entry in entries if _is_unsafe(entry)]:
            waiting = [asyncio.ensure_future(entry.is_handled.wait()) for entry in unsafe]
            await asyncio.wait(waiting, timeout=STORE_AGAIN_S)
            for task in waiting:
                task.cancel()
            await self._store_late([entry for entry in unsafe if _is_unsafe(entry)])

    async def _store_late(self, entries: Sequence[Entry]) -> None:
        if await self._store(entries, keep=True) is None:
            return
        for entry in entries:
            if entry.row_id is not None and entry.is_handled.is_set():
                self._completion.add(Item([entry]))

    async def _store(self, entries: Sequence[Entry], keep: bool = False) -> Added | None:
        if time.monotonic() < self._again_at:
            return None
        new = [_new_update(entry) for entry in entries]
        try:
            added = await self._add(new, keep)
        except StorageError as error:
            self._again_at = time.monotonic() + AFTER_FAILURE_S
            text = "Updates cannot be stored, and are confirmed once they are handled: %s"
            self._log_limit.log(logger, logging.ERROR, None, text, error)
            return None
        for entry in entries:
            entry.row_id = added.row_ids.get(entry.received.update_id, entry.row_id)
            entry.owner = added.owner
        return added

    async def _add(self, new: Sequence[NewUpdate], keep: bool) -> Added:
        now = int(time.time())
        if self._replica is None:
            return Added(await storage.add(self._database, new, now))
        return await replicas.add(self._database, self._replica.id, new, now, keep)


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
