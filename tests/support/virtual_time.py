"""An event loop for tests that must not wait."""

import asyncio
import selectors
from typing import Any


class _JumpingSelector(selectors.DefaultSelector):
    """Counts the seconds that the event loop would have waited, instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if not timeout:
            return super().select(timeout)
        if not (ready := super().select(0)):
            self.elapsed_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer whenever nothing else is to be done.

    For code without threads and sockets, whose work takes no time on this clock.
    """

    def __init__(self, *_: Any) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds since the loop was made, jumps included."""
        # As on a real clock, no two moments are the same; some code would try again forever.
        self._jumping.elapsed_s += 1e-9
        return self._jumping.elapsed_s
