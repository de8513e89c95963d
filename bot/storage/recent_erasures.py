"""Remembers who had everything erased: what came from them before that is not stored after it."""

import math
import time
from collections import OrderedDict

REMEMBERED = 10_000  # users; far more than want to be forgotten while one photo is judged


class Erasures:
    """When each user was erased of late; what is in hand that long ends with the process.

    Args:
        most: how many users are remembered.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._erased_at: OrderedDict[int, float] = OrderedDict()  # latest last
        self._anybody_until = -math.inf  # nobody knows any more who was erased until then

    def note(self, user_id: int) -> None:
        """Note that a user is erased now; before the transaction that does so ends."""
        self._erased_at[user_id] = time.monotonic()
        self._erased_at.move_to_end(user_id)
        while len(self._erased_at) > self._most:
            _, self._anybody_until = self._erased_at.popitem(last=False)

    def since(self, user_id: int, came_in: float) -> bool:
        """Say whether a user was erased, or may have been, since something came in from them.

        Args:
            user_id: whose it is.
            came_in: when, as `time.monotonic` says it.
        """
        return came_in <= self._erased_at.get(user_id, self._anybody_until)
