"""This bot as one of several on one PostgreSQL database; see `bot.storage.replicas`."""

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NoReturn, Protocol

from bot.errors import StorageError
from bot.log_limit import LogLimit
from bot.shutdown import in_background
from bot.storage import replicas as storage
from bot.storage.database import Database
from bot.storage.inbox import PendingUpdate
from bot.storage.replicas import LEASE_S
from bot.storage.retry import retry_while_locked
from bot.storage.server_lock import ServerLock

HEARTBEAT_S = 3.0
# A notification says when there is something to do. This is for those that are lost, and for other
# replicas that have died.
LOOK_EVERY_S = 1.0
COUNT_EVERY_S = 5.0
BACKLOG_S = 2.0  # what waits in the database while there is no room comes within this time

logger = logging.getLogger(__name__)


class Taker(Protocol):
    """What takes updates in; see `bot.inbox.inbox.Inbox`."""

    @property
    def rows_in_hand(self) -> Collection[int]:
        """The ids of the rows that are in hand."""

    def note_backlog(self, seconds: float) -> None:
        """Note that updates are left elsewhere, and will not come for some seconds."""

    def take(self, given: Sequence[PendingUpdate]) -> None:
        """Handle updates that were stored before."""

    async def abandon(self) -> None:
        """Drop what is in hand, because other replicas handle it now."""

    async def wait_for_room(self) -> int:
        """Wait until further updates may come in; returns how many."""


class Replica:
    """This bot among the others, which it tells that it runs.

    Args:
        database: that all of them use.
        lock: the database's lock.
        bot_id: Telegram's id of the bot.

    Attributes:
        id: random; another one after the others have taken this replica for dead.
    """

    def __init__(self, database: Database, lock: ServerLock, bot_id: int) -> None:
        self._database = database
        self._lock = lock
        self._bot_id = bot_id
        self._has_news = asyncio.Event()
        self._is_lost = False
        self._beats_since = self._beat_at = -math.inf
        self._log_limit = LogLimit()
        self.id = _new_id()

    async def join(self) -> None:
        """Make this replica known to the others, and let them have the lock, too.

        Raises:
            StorageError: another bot uses the database, or nothing could be stored.
        """
        is_alone = self._lock.is_alone
        await retry_while_locked(
            lambda: storage.register(self._database, self.id, self._bot_id, is_alone)
        )
        await self._lock.listen(storage.CHANNEL, self._notified)
        await self._lock.share()
        self._beats_since = self._beat_at = time.monotonic()
        logger.info("This replica is %s", self.id)

    async def leave(self) -> None:
        """Give what is not handled to the others.

        Raises:
            StorageError: nothing was stored; they take it over later.
        """
        await storage.leave(self._database, self.id)

    async def send_heartbeats(self) -> NoReturn:
        """Tell the others that this one runs, until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                found = await self._lock.execute(storage.heartbeat(self.id))
            except StorageError as error:
                text = "Other replicas cannot be told that this one runs: %s"
                self._log_limit.log(logger, logging.WARNING, None, text, error)
                continue
            if not found.rowcount:
                self._is_lost = True
                self._has_news.set()
            now = time.monotonic()
            if now - self._beat_at > LEASE_S / 2:
                self._beats_since = now
            self._beat_at = now

    async def distribute(self, inbox: Taker) -> NoReturn:
        """Take in what is this replica's, and what others have left, until cancelled."""
        while True:
            self._has_news.clear()
            try:
                if self._is_lost:
                    await self._begin_anew(inbox)
                if await self.look(inbox, await inbox.wait_for_room()):
                    continue
            except StorageError as error:
                text = "Updates that other replicas received cannot be read: %s"
                self._log_limit.log(logger, logging.WARNING, "look", text, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._has_news.wait()

    async def share_rate(self, divide_among: Callable[[int], None]) -> NoReturn:
        """Tell how many replicas Telegram's limit over all chats is for, until cancelled.

        Args:
            divide_among: called with their number.
        """
        while True:
            try:
                divide_among(max(1, await storage.count(self._database)))
            except StorageError as error:
                text = "Other replicas cannot be counted: %s"
                self._log_limit.log(logger, logging.WARNING, "count", text, error)
            await asyncio.sleep(COUNT_EVERY_S)

    async def look(self, inbox: Taker, room: int) -> bool:
        """Take in what is this replica's, and what others have left.

        Args:
            inbox: takes it in.
            room: how many updates may come in.

        Returns:
            Whether there may be more.

        Raises:
            StorageError: the database cannot be used.
        """
        found = await storage.look(self._database, self.id, inbox.rows_in_hand, room)
        drop_silent = found.has_silent and self._may_judge
        if found.has_orphans or drop_silent:
            await storage.take_over(self._database, self.id, drop_silent)
            found = await storage.look(self._database, self.id, inbox.rows_in_hand, room)
        inbox.take(found.given)
        is_full = len(found.given) >= room
        if is_full:
            inbox.note_backlog(BACKLOG_S)
        return is_full

    @property
    def _may_judge(self) -> bool:
        """Whether a silent replica is dead.

        While the server was away or this machine was suspended, nobody was heard. Then all get as
        much time to be heard again.
        """
        return self._beat_at - self._beats_since >= LEASE_S

    async def _begin_anew(self, inbox: Taker) -> None:
        logger.warning("Other replicas took this one for dead, and have taken over what it had")
        await inbox.abandon()
        new_id = _new_id()
        await storage.register(self._database, new_id, self._bot_id, is_alone=False)
        self.id, self._is_lost = new_id, False
        logger.info("This replica is %s", self.id)

    def _notified(self, replica: str) -> None:
        if replica in ("", self.id):
            self._has_news.set()


@asynccontextmanager
async def joined(database: Database, lock: ServerLock, bot_id: int) -> AsyncIterator[Replica]:
    """Be a replica while the block runs.

    Raises:
        StorageError: another bot uses the database, or nothing could be stored.
    """
    replica = Replica(database, lock, bot_id)
    await replica.join()
    async with in_background(replica.send_heartbeats()):
        yield replica


def _new_id() -> str:
    return secrets.token_hex(8)
