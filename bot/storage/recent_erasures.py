"""Remembers whose data was erased lately, so that nothing of theirs is stored any more."""

import math
import time
from collections import OrderedDict

MAX_USERS = 10_000  # far more than are erased while one photo is judged


class RecentErasures:
    """Times of recent erasures.

    In memory only: work that started before one cannot outlive the process. Forgetting an erasure
    would break a promise of privacy, so if a time is dropped, every user counts as erased up to it.

    Args:
        max_users: how many users to remember.
    """

    def __init__(self, max_users: int = MAX_USERS) -> None:
        self._max_users = max_users
        self._erased_at: OrderedDict[int, float] = OrderedDict()  # latest last
        self._latest_dropped = -math.inf

    def add(self, user_id: int) -> None:
        """Note that a user is being erased; call this before that transaction ends."""
        self._erased_at[user_id] = time.monotonic()
        self._erased_at.move_to_end(user_id)
        while len(self._erased_at) > self._max_users:
            _, self._latest_dropped = self._erased_at.popitem(last=False)

    def erased_since(self, user_id: int, received_at: float) -> bool:
        """Return whether a user was erased, or may have been, since something was received.

        Args:
            user_id: who sent it.
            received_at: time by `time.monotonic`.
        """
        return received_at <= self._erased_at.get(user_id, self._latest_dropped)
