"""The queue of updates and long polling (https://core.telegram.org/bots/api#getupdates)."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.errors import conflict

NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
MOST_AT_ONCE: Final = 100
LONGEST_POLL: Final = 50
REMEMBERED: Final = 100  # confirmed updates, which a test may have delivered again


class Updates:
    """Updates not yet confirmed by the bot, oldest first.

    Args:
        keep: how many unconfirmed updates are held before the oldest is dropped.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._queue: deque[Json] = deque(maxlen=keep)
        self._confirmed: deque[Json] = deque(maxlen=REMEMBERED)
        self._next_id = 700_000_001
        self._poller: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self.allowed: list[str] = []
        self.awaited = asyncio.Event()

    def __len__(self) -> int:
        """Count the updates not yet confirmed."""
        return len(self._queue)

    def add(self, kind: str, payload: Json, copies: int = 1) -> None:
        """Queue an update unless the bot asked not to get this kind.

        Args:
            kind: field of `Update`, e.g. "message" or "callback_query".
            payload: that field's value.
            copies: how often the same update (same id) is delivered; Telegram promises only
                "at least once".
        """
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if not wanted:
            return
        for _ in range(copies):
            self._queue.append({"update_id": self._next_id, kind: payload})
        self._next_id += 1
        self._news.set()
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

    def allow(self, kinds: Sequence[str] | None) -> None:
        """Set which kinds are wanted from now on; None keeps the setting, empty restores it."""
        if kinds is not None:
            self.allowed = list(kinds)

    def drop(self) -> None:
        """Forget every pending update."""
        self._queue.clear()

    def confirm(self, offset: int) -> None:
        """Forget updates as `offset` says: below it, or, when negative, all but the last few."""
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()
        while offset > 0 and self._queue and self._queue[0]["update_id"] < offset:
            self._confirmed.append(self._queue.popleft())

    def deliver_again(self) -> int:
        """Take the confirmation of the latest updates back; return how many are to come now.

        A running bot's next poll confirms them once more: they are for one that starts anew.
        """
        self._queue.extendleft(reversed(self._confirmed))
        self._confirmed.clear()
        return len(self._queue)

    def terminate(self, by: str) -> None:
        """End the running long poll, if any, with 409 because of another request.

        Args:
            by: what ended it, as Telegram says it after "terminated by".
        """
        if self._poller and not self._poller.done():
            self._poller.set_exception(conflict(f"terminated by {by}"))

    def close(self) -> None:
        """Answer the running long poll with what there is: the server is going down."""
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Return up to `limit` updates from `offset` on, waiting up to `seconds` for one.

        Raises:
            Failure: 409 when another poll begins or a webhook is set while this one waits.
        """
        self.terminate("other getUpdates request; make sure that only one bot instance is running")
        self.awaited.set()
        self.confirm(offset)
        if not self._queue and seconds > 0:
            await self._wait(min(seconds, LONGEST_POLL))
        return [*self._queue][:limit]

    async def next(self) -> Json:
        """Return the oldest pending update, waiting for it as long as it takes."""
        while not self._queue:
            self._news.clear()
            await self._news.wait()
        return self._queue[0]

    def delivered(self, update: Json) -> None:
        """Forget one copy of an update that a webhook took."""
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
