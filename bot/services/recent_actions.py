"""Remembers for a while what was done, so that an impatient second tap is not followed again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable


class RecentActions:
    """What was done of late.

    Args:
        seconds: for how long a thing counts as done.
        clock: seconds, from any start, never going back.
    """

    def __init__(self, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._done: OrderedDict[Hashable, float] = OrderedDict()  # oldest first

    def begin(self, thing: Hashable) -> bool:
        """Say whether a thing is still to be done; from now on it counts as done."""
        now = self._clock()
        while self._done and next(iter(self._done.values())) <= now - self._seconds:
            self._done.popitem(last=False)
        if thing in self._done:
            return False
        self._done[thing] = now
        return True

    def forget(self, thing: Hashable) -> None:
        """Let a thing be done again: it did not come about."""
        self._done.pop(thing, None)
