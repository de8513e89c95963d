"""The queue of updates and long polling (https://core.telegram.org/bots/api#getupdates).

What is not documented follows the public server: github.com/tdlib/telegram-bot-api, Client.cpp.
"""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from bot.sandbox.cast import Json
from bot.sandbox.errors import BotApiError, conflict

LIFETIME_S = {"callback_query": 150.0}
"""How long an update waits for the bot, by kind, where that is not a day."""
DAY_S = 86_400.0
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_UPDATES_PER_POLL = 100
MAX_POLL_SECONDS = 50
MAX_AHEAD = 10
"""How far an offset may be beyond the next id (`TQueue::get` of TDLib)."""
PAUSE_SECONDS = 3.0
"""Telegram's pause where a bot asks again with the same offset, or gets 409 again."""
MAX_LOOKED_AT = 1000
"""How many of the oldest updates a webhook chooses from."""
MAX_CONFIRMED = 100
"""Confirmed updates that can be redelivered."""


@dataclass(frozen=True)
class _Pending:
    """An update that the bot has not confirmed, and when it is dropped, by the queue's clock."""

    update: Json
    expires_at: float

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class UpdateQueue:
    """The updates that the bot has not confirmed yet, oldest first.

    Args:
        max_updates: how many updates are kept before the oldest is dropped.
        pauses: factor of the server's own pauses; 0 for none.
        clock: a monotonic clock in seconds, for the time after which updates are dropped.

    Attributes:
        allowed: the kinds of updates that are queued; the default ones if empty.
        bot_connected: set once a bot has polled or set a webhook.
        changed: set when an update has been queued; a webhook clears it.
    """

    def __init__(
        self,
        max_updates: int = 10_000,
        pauses: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue: deque[_Pending] = deque(maxlen=max_updates)
        self._confirmed: deque[_Pending] = deque(maxlen=MAX_CONFIRMED)
        self._clock = clock
        self._next_id = _first_id()
        self._pause_seconds = PAUSE_SECONDS * pauses
        self._previous_offset: int | None = None
        self._previous_poll = 0.0
        self._next_conflict = 0.0
        self._poller: asyncio.Future[None] | None = None
        self._closed = asyncio.Event()
        self.allowed: list[str] = []
        self.bot_connected = asyncio.Event()
        self.changed = asyncio.Event()

    def __len__(self) -> int:
        self._drop_expired()
        return len(self._queue)

    def add(self, kind: str, payload: Json, copies: int = 1) -> None:
        """Queue an update unless the bot has excluded its kind.

        Args:
            kind: field of `Update`, e.g. "message" or "callback_query".
            payload: that field's value.
            copies: how often the update is delivered, with the same id; Telegram promises only
                "at least once".
        """
        wanted = kind in self.allowed if self.allowed else kind not in OPT_IN_KINDS
        if wanted:
            self._append({"update_id": self._next_id, kind: payload}, copies)

    def add_raw(self, update: Json) -> int:
        """Queue an update of any content, whatever the bot has excluded; return its id.

        Args:
            update: its fields. Without `update_id` it gets the next one; after a higher one, the
                ids go on from there.
        """
        update = {"update_id": self._next_id, **update}
        self._append(update)
        return int(update["update_id"])

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Set the kinds of future updates; None changes nothing, an empty list means default."""
        if kinds is not None:
            self.allowed = list(kinds)

    def clear(self) -> None:
        self._queue.clear()

    def confirm(self, offset: int) -> None:
        """Remove the updates before `offset`; if it is negative, all but the last `-offset`."""
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()
        if offset > self._next_id + MAX_AHEAD:
            return  # an id of another server's, which Telegram ignores
        while offset > 0 and self._queue and self._queue[0].id < offset:
            self._confirmed.append(self._queue.popleft())

    def redeliver_confirmed(self) -> int:
        """Queue the latest confirmed updates again; return the length of the queue.

        They are meant for a webhook, or a bot that starts: the next poll of a running one confirms
        them again.
        """
        self._queue.extendleft(reversed(self._confirmed))
        self._confirmed.clear()
        self.changed.set()
        return len(self._queue)

    def terminate_poll(self, by: str) -> None:
        """End the running long poll, if any, with 409.

        Args:
            by: the cause, in Telegram's wording after "terminated by".
        """
        if self._poller and not self._poller.done():
            self._poller.set_exception(conflict(f"terminated by {by}"))

    def end_poll(self) -> None:
        """End the running long poll, if any, with what there is."""
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

    def close(self) -> None:
        """End the long poll and the pauses because the server is stopping."""
        self._closed.set()
        self.end_poll()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Return up to `limit` updates from `offset` on, waiting up to `seconds` for one.

        A repeated `offset` is slowed down, as in `process_get_updates_query` of Telegram's server.

        Raises:
            BotApiError: 409 if another poll starts or a webhook is set while this one waits.
        """
        self.bot_connected.set()
        now = asyncio.get_running_loop().time()
        if offset == self._previous_offset:
            since = now - self._previous_poll
            if since < self._pause_seconds:
                seconds = max(seconds, self._pause_seconds)
            if since < self._pause_seconds / 6:
                limit = 1
        self._previous_offset, self._previous_poll = offset, now
        self.confirm(offset)
        self._drop_expired()
        if not self._queue and seconds > 0:
            self.terminate_poll(
                "other getUpdates request; make sure that only one bot instance is running"
            )
            await self._wait(min(seconds, MAX_POLL_SECONDS))
        return [pending.update for pending in itertools.islice(self._queue, limit)]

    async def pause_before_conflict(self) -> None:
        """Wait before a 409, except the first within the pause (`fail_query_conflict`)."""
        now = asyncio.get_running_loop().time()
        if now >= self._next_conflict:
            self._next_conflict = now + self._pause_seconds
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), self._pause_seconds)

    def oldest_by(self, key_of: Callable[[Json], Hashable], max_keys: int) -> dict[Hashable, Json]:
        """Return the oldest update for each of the first `max_keys` keys, oldest first."""
        self._drop_expired()
        found: dict[Hashable, Json] = {}
        for pending in itertools.islice(self._queue, MAX_LOOKED_AT):
            if len(found) == max_keys:
                break
            found.setdefault(key_of(pending.update), pending.update)
        return found

    def remove(self, update: Json) -> None:
        """Remove one copy of an update that a webhook has accepted."""
        accepted = next((pending for pending in self._queue if pending.update is update), None)
        if accepted:
            self._queue.remove(accepted)
            self._confirmed.append(accepted)

    def _append(self, update: Json, copies: int = 1) -> None:
        lifetime = min(LIFETIME_S.get(kind, DAY_S) for kind in update)
        self._queue.extend([_Pending(update, self._clock() + lifetime)] * copies)
        self._next_id = max(self._next_id, update["update_id"] + 1)
        self.changed.set()
        self.end_poll()

    def _drop_expired(self) -> None:
        now = self._clock()
        if any(pending.expires_at <= now for pending in self._queue):
            alive = [pending for pending in self._queue if pending.expires_at > now]
            self._queue.clear()
            self._queue.extend(alive)

    async def _wait(self, seconds: float) -> None:
        poller = self._poller = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poller, seconds)
        except TimeoutError:
            pass
        except BotApiError:
            await self.pause_before_conflict()
            raise
        finally:
            if self._poller is poller:
                self._poller = None


def _first_id() -> int:
    """Return an id that no sandbox of the last weeks has given, as bots remember ids for a while.

    It counts milliseconds, starts again after 23 days, and fits 31 bits as Telegram's ids do.
    """
    return int(time.time() * 1000) % 2_000_000_000 + 1
