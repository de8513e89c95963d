"""The one way in: updates are stored, then confirmed to Telegram, then handled.

Nothing is lost when the process ends: what is not handled yet is taken up by the next one. Nothing
is handled twice: an update is recognised by its id, for as long as Telegram may deliver it again.
While the database cannot be written, updates are handled from memory and confirmed afterwards.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from cachetools import LRUCache
from telegram import Bot

from bot.errors import StorageError
from bot.inbox.chat_order import QUIET_S, ChatOrder
from bot.inbox.completion import Completion
from bot.inbox.item import Entry, Item, Payload, SetAside, current_item, unreadable
from bot.inbox.received import HANDLED_KINDS, UNKNOWN_KIND, Received, read
from bot.inbox.replica import Replica
from bot.inbox.shares import Refusals, find_too_many
from bot.inbox.update_store import UpdateStore
from bot.logs import current_update, current_user
from bot.metrics import Metrics
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import PendingUpdate

MAX_IN_HAND = 100  # updates; beyond, none are fetched
# So many more come in while the rest of an album may be among them. If it came too late, it would
# be answered as another album.
ROOM_FOR_ALBUMS = 50
MAX_KNOWN = 10_000  # update ids; far more than Telegram ever repeats

logger = logging.getLogger(__name__)


class Inbox:
    """Takes updates in and has them handled.

    Args:
        database: where they are stored.
        bot: the bot that the updates' objects belong to.
        handle: handles a payload. If it raises, the update counts as handled nevertheless.
        quiet_s: seconds without a further message after which an album is handled.
        metrics: counts what cannot be parsed.
        replica: this bot among others; None if it has the database for itself.
    """

    def __init__(
        self,
        database: Database,
        bot: Bot,
        handle: Callable[[Payload], Awaitable[None]],
        quiet_s: float = QUIET_S,
        metrics: Metrics | None = None,
        replica: Replica | None = None,
    ) -> None:
        self._metrics = metrics or Metrics()
        for kind in (*HANDLED_KINDS, UNKNOWN_KIND):  # from 0, so that the first one is seen
            self._metrics.unparsable.labels(kind)
        self._database = database
        self._replica = replica
        self._bot = bot
        self._handle = handle
        self._order = ChatOrder(self._start, quiet_s)
        self._completion = Completion(database)
        self._update_store = UpdateStore(database, self._completion, replica)
        self._arriving: dict[int, Entry] = {}  # by update id; being stored
        self._in_hand: dict[int, Entry] = {}  # by update id
        self._running: dict[asyncio.Task[None], Item] = {}
        self._known: LRUCache[int, None] = LRUCache(MAX_KNOWN)
        self._taken: LRUCache[int, None] = LRUCache(MAX_KNOWN)  # row ids
        self._refusals = Refusals()
        self._changed = asyncio.Condition()
        self._is_closed = False

    @property
    def in_hand(self) -> Mapping[int, Entry]:
        """The updates that are not handled yet, by id."""
        return self._in_hand

    @property
    def rows_in_hand(self) -> Collection[int]:
        """The ids of their rows in the database."""
        rows = (entry.row_id for entry in self._in_hand.values())
        return [row_id for row_id in rows if row_id is not None]

    @property
    def oldest_age_s(self) -> float:
        """How long the oldest of them has been in hand, in seconds; 0 if there is none."""
        oldest = min((entry.received_at for entry in self._in_hand.values()), default=None)
        return 0.0 if oldest is None else time.monotonic() - oldest

    @property
    def room(self) -> int:
        """How many further updates may come in now."""
        places = MAX_IN_HAND + (ROOM_FOR_ALBUMS if self._order.is_gathering else 0)
        return max(0, places - len(self._in_hand) - len(self._arriving))

    def note_backlog(self, seconds: float) -> None:
        """Note that updates are left at Telegram, and will not come for some seconds."""
        self._order.hold(seconds)

    async def wait_for_room(self) -> int:
        """Wait until further updates may come in; returns how many."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.room > 0)
        return self.room

    async def accept(self, contents: Sequence[object]) -> None:
        """Take updates in. When this returns, they may be confirmed to Telegram.

        Args:
            contents: updates as JSON values, in the order of arrival; see
                https://core.telegram.org/bots/api#update.
        """
        received = [update for content in contents if (update := read(content, self._bot))]
        earlier = [entry for one in received if (entry := self._find(one))]
        entries = [
            Entry(received=one, arrived_at=int(time.time())) for one in self._unknown(received)
        ]
        self._arriving.update((entry.received.update_id, entry) for entry in entries)
        stored = await self._update_store.add(entries)
        self.take(stored.earlier)
        for entry in entries:
            del self._arriving[entry.received.update_id]
            if entry in stored.not_here:
                entry.is_handled.set()
            elif not self._is_closed:  # if it is, the next process takes the update up
                self._take_in(entry)
        await self._update_store.wait_until_safe([*earlier, *entries])

    async def take_up(self) -> None:
        """Handle what earlier processes left.

        Raises:
            StorageError: the database cannot be used.
        """
        if self._replica is None:
            self.take(await storage.take_up(self._database))
        else:
            await self._replica.look(self, self.room)

    def take(self, given: Sequence[PendingUpdate]) -> None:
        """Handle updates that were stored before, by an earlier process or another replica."""
        for pending in given:
            if pending.id in self._taken:
                continue  # it was handled while this was read
            received = read(json.loads(pending.content), self._bot)
            if received is None:
                continue  # somebody has changed it; after two starts it is set aside
            if self._find(received) or self._is_closed:
                continue
            self._known[received.update_id] = None
            entry = Entry(
                received=received,
                arrived_at=pending.received_at,
                row_id=pending.id,
                owner=self._replica.id if self._replica else None,
            )
            if pending.is_set_aside:
                logger.error(
                    "Update %d (%s) was in hand when two processes ended, and is set aside",
                    received.update_id,
                    received.kind,
                )
            self._take_in(entry, pending.is_set_aside)

    async def abandon(self) -> None:
        """Drop what is in hand, because other replicas handle it now."""
        self._order.clear()
        dropped = [task for task, item in self._running.items() if item.claim]
        for task in dropped:
            task.cancel()
        if dropped:
            await asyncio.wait(dropped)
        running = {entry for item in self._running.values() for entry in item.entries}
        for entry in [*self._in_hand.values()]:
            if entry not in running:  # what is not stored yet comes back once it is
                del self._in_hand[entry.received.update_id]
                self._known.pop(entry.received.update_id, None)
        self._taken.clear()
        async with self._changed:
            self._changed.notify_all()

    def photos_in_hand(self, user_id: int) -> int:
        """Return how many photos of a user are going to be counted towards the daily quota."""
        running = (one for item in self._running.values() for one in item.photo_requests)
        requests = (*running, *self._completion.photo_requests)
        return sum(request.user_id == user_id for request in requests)

    @property
    def rows_decided(self) -> Collection[int]:
        """The ids of rows that the daily limit was applied to, or that are handled."""
        entries = (entry for entry in self._in_hand.values() if entry.is_decided)
        rows = (entry.row_id for entry in entries)
        return [*self._completion.rows, *(row_id for row_id in rows if row_id is not None)]

    async def wait_until_empty(self) -> None:
        """Wait until everything that came in is handled and that is stored."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._in_hand)
        await self.wait_until_stored()

    async def wait_until_stored(self) -> None:
        """Wait until it is stored which updates are handled, or one attempt has failed."""
        await self._completion.wait()

    async def close(self, grace_s: float, storage_s: float) -> None:
        """Finish what is in hand. What takes longer, or comes in now, is left to the next process.

        Args:
            grace_s: seconds to wait for the handlers.
            storage_s: seconds to wait for the database afterwards.
        """
        self._is_closed = True
        # The rest of an album may still be at Telegram: the next process answers it as a whole.
        self._order.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self._running:
                    await asyncio.wait({*self._running})
        if count := len(self._in_hand):
            are = "update is" if count == 1 else "updates are"
            logger.warning("%d %s left for the next start", count, are)
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait({*self._running}, timeout=storage_s)
        try:
            async with asyncio.timeout(storage_s):
                await self.wait_until_stored()
                if self._replica is None:
                    await storage.reset_attempts(self._database)
                else:
                    await self._replica.leave()
        except (StorageError, TimeoutError) as error:
            logger.warning(
                "The last updates may be handled again: %s", str(error) or "no time left"
            )

    def _find(self, received: Received) -> Entry | None:
        """Return the same update, if it came in before and is not handled yet."""
        key = received.update_id
        return self._arriving.get(key) or self._in_hand.get(key)

    def _unknown(self, received: Iterable[Received]) -> Iterable[Received]:
        for one in received:
            if one.update_id in self._known:
                logger.info("Update %d came again, ignored", one.update_id)
            else:
                self._known[one.update_id] = None
                yield one

    def _take_in(self, entry: Entry, is_set_aside: bool = False) -> None:
        received, update = entry.received, entry.received.update
        others = [other.received for other in self._in_hand.values()]
        too_many = find_too_many(received, others, MAX_IN_HAND)
        album = update and update.message and update.message.media_group_id
        self._in_hand[received.update_id] = entry
        if entry.row_id is not None:
            self._taken[entry.row_id] = None
        if update is None:
            self._metrics.unparsable.labels(received.kind).inc()
            self._start(Item([entry], None if too_many else unreadable(received)))
        elif is_set_aside:
            self._start(Item([entry], SetAside(update)))
        elif album and self._order.has_album(entry):
            self._order.add_to_album(entry)
        elif album and self._refusals.has_album(received.chat_id, album):
            self._start(Item([entry]))  # its first part has got a word
        elif too_many:
            self._start(Item([entry], self._refusals.refuse(update, *too_many)))
        elif album:
            self._order.add_to_album(entry)
        elif received.is_tap:
            self._start(Item([entry], update))
        else:
            self._order.add(Item([entry], update))

    def _start(self, item: Item) -> None:
        task = asyncio.create_task(self._run(item))
        self._running[task] = item
        task.add_done_callback(self._running.pop)

    async def _run(self, item: Item) -> None:
        current_item.set(item)
        first = item.entries[0].received
        current_update.set(first.update_id)
        current_user.set(first.user_id)
        try:
            if item.payload is not None:
                await self._handle(item.payload)
        except Exception:
            logger.exception("An update could not be handled")
        logger.debug("Handled after %.2f s", time.monotonic() - item.received_at)
        self._order.finish(item)
        for entry in item.entries:
            entry.is_handled.set()
            del self._in_hand[entry.received.update_id]
        self._completion.add(item)
        async with self._changed:
            self._changed.notify_all()
