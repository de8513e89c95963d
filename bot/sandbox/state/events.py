"""What happened in the chats, numbered, for the page and for tests to follow."""

import asyncio
from collections import deque

from bot.sandbox.cast import Json


class Events:
    """A bounded log of events that readers can wait on.

    Args:
        keep: how many of the newest events are held (at least 1).
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._log: deque[Json] = deque(maxlen=keep)
        self._news = asyncio.Event()
        self._last = 0
        self._closed = False

    @property
    def last(self) -> int:
        """Sequence number of the newest event; 0 before the first."""
        return self._last

    @property
    def closed(self) -> bool:
        """Whether the server is going down and readers should leave."""
        return self._closed

    def add(self, kind: str, **fields: object) -> None:
        """Append an event of type `kind` and wake every waiting reader."""
        self._last += 1
        self._log.append({"seq": self._last, "type": kind, **fields})
        self._wake()

    def close(self) -> None:
        """Send every waiting reader away: the server is going down."""
        self._closed = True
        self._wake()

    def after(self, number: int) -> list[Json]:
        """Return the held events numbered above `number`, oldest first."""
        return [event for event in self._log if event["seq"] > number]

    async def wait(self, number: int, seconds: float) -> list[Json]:
        """Return the events numbered above `number`, waiting up to `seconds` for the first."""
        try:
            async with asyncio.timeout(seconds):
                while not self._closed and self._last <= number:
                    await self._news.wait()
        except TimeoutError:
            pass
        return self.after(number)

    def _wake(self) -> None:
        # Whoever waits now holds this event; later waiters get the fresh one.
        self._news.set()
        self._news = asyncio.Event()
