"""The queue of updates and long polling (https://core.telegram.org/bots/api#getupdates)."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence

from bot.sandbox.cast import Json
from bot.sandbox.errors import conflict

OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MAX_UPDATES_PER_POLL = 100
MAX_POLL_SECONDS = 50
MAX_CONFIRMED = 100
"""Confirmed updates that can be redelivered."""


class UpdateQueue:
    """The updates that the bot has not confirmed yet, oldest first.

    Args:
        max_updates: how many updates are kept before the oldest is dropped.
    """

    def __init__(self, max_updates: int = 10_000) -> None:
        self._queue: deque[Json] = deque(maxlen=max_updates)
        self._confirmed: deque[Json] = deque(maxlen=MAX_CONFIRMED)
        self._next_id = 700_000_001
        self._poller: asyncio.Future[None] | None = None
        self._new_update = asyncio.Event()
        self.allowed: list[str] = []
        self.bot_connected = asyncio.Event()

    def __len__(self) -> int:
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
        if not wanted:
            return
        for _ in range(copies):
            self._queue.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        self._new_update.set()
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

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
        while offset > 0 and self._queue and self._queue[0]["update_id"] < offset:
            self._confirmed.append(self._queue.popleft())

    def redeliver_confirmed(self) -> int:
        """Queue the latest confirmed updates again; return the length of the queue.

        They are meant for a bot that starts: the next poll of a running one confirms them again.
        """
        self._queue.extendleft(reversed(self._confirmed))
        self._confirmed.clear()
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

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Return up to `limit` updates from `offset` on, waiting up to `seconds` for one.

        Raises:
            BotApiError: 409 if another poll starts or a webhook is set while this one waits.
        """
        self.terminate_poll(
            "other getUpdates request; make sure that only one bot instance is running"
        )
        self.bot_connected.set()
        self.confirm(offset)
        if not self._queue and seconds > 0:
            await self._wait(min(seconds, MAX_POLL_SECONDS))
        return [*self._queue][:limit]

    async def wait_for_oldest(self) -> Json:
        """Return the oldest update, waiting until there is one."""
        while not self._queue:
            self._new_update.clear()
            await self._new_update.wait()
        return self._queue[0]

    def remove(self, update: Json) -> None:
        """Remove one copy of an update that a webhook has accepted."""
        with contextlib.suppress(ValueError):
            self._queue.remove(update)

    async def _wait(self, seconds: float) -> None:
        poller = self._poller = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poller, seconds)
        except TimeoutError:
            pass
        finally:
            if self._poller is poller:
                self._poller = None
