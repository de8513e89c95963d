"""How many workers one person may use at once."""

from collections.abc import Mapping

from cachetools import TTLCache

SLOW_S = 1.0  # a photo from Telegram takes 0.06 s on one core, 0.2 s with many faces
REMEMBERED_S = 60.0
MAX_PEOPLE = 10_000  # those who are forgotten count as new


class WorkerShares:
    """Keeps people whose photos are slow from using all workers.

    A photo that is being judged cannot be interrupted, so taking turns is not enough: photos of
    four seconds each would make everybody else wait as long. Therefore, as judged by the photos of
    the last minute:

    - Who sent a photo that took over `SLOW_S` is slow. Slow people together use all workers but
      one, which stays for the others. If there is only one worker, or if there are no others, as on
      a slow computer, they use all.
    - Of somebody of whom nothing was judged, one photo is judged at a time.
    - Everybody else may use all workers.

    Args:
        workers: how many there are.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._slow: TTLCache[int, None] = TTLCache(MAX_PEOPLE, REMEMBERED_S)
        self._quick: TTLCache[int, None] = TTLCache(MAX_PEOPLE, REMEMBERED_S)

    def record(self, person: int, seconds: float) -> None:
        """Remember how long a photo of a person took."""
        people = self._slow if seconds > SLOW_S else self._quick
        people[person] = None

    def may_hold(self, person: int, workers: int, held: Mapping[int, int]) -> bool:
        """Return whether a person may use this many workers; see `fair_places.MayHold`."""
        if person in self._slow:
            others = sum(held[other] for other in held if other != person and other in self._slow)
            reserved = 1 if self._quick else 0
            return workers + others <= max(1, self._workers - reserved)
        return workers == 1 or person in self._quick
