"""What happened in the chats, numbered, for the chat page and tests to follow."""

import asyncio
from collections import deque

from bot.sandbox.cast import Json


class EventLog:
    """A bounded log of events that readers can wait on.

    Args:
        max_events: how many of the newest events are kept (at least 1).
    """

    def __init__(self, max_events: int = 10_000) -> None:
        self._log: deque[Json] = deque(maxlen=max_events)
        self._new_event = asyncio.Event()
        self._last = 0
        self._closed = False

    @property
    def last(self) -> int:
        """Sequence number of the newest event; 0 before the first."""
        return self._last

    @property
    def closed(self) -> bool:
        """Whether the server is stopping, so that readers should disconnect."""
        return self._closed

    def add(self, kind: str, **fields: object) -> None:
        """Append an event of type `kind` and wake all waiting readers."""
        self._last += 1
        self._log.append({"seq": self._last, "type": kind, **fields})
        self._wake()

    def close(self) -> None:
        """Wake all waiting readers because the server is stopping."""
        self._closed = True
        self._wake()

    def after(self, number: int) -> list[Json]:
        """Return the kept events numbered above `number`, oldest first."""
        return [event for event in self._log if event["seq"] > number]

    async def wait(self, number: int, seconds: float) -> list[Json]:
        """Return the events numbered above `number`, waiting up to `seconds` for the first."""
        try:
            async with asyncio.timeout(seconds):
                while not self._closed and self._last <= number:
                    await self._new_event.wait()
        except TimeoutError:
            pass
        return self.after(number)

    def _wake(self) -> None:
        # Current waiters hold the old event; later ones get the new one.
        self._new_event.set()
        self._new_event = asyncio.Event()
