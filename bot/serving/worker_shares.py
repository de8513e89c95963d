"""How many workers one person may use at once."""

from collections.abc import Mapping

from cachetools import TTLCache

REMEMBERED_S = 60.0
SLOW_S = 0.5  # a photo from Telegram takes 0.07 s on one core, 0.3 s with many faces
MAX_PEOPLE = 10_000


class WorkerShares:
    """Keeps one person, or a few with slow photos, from using all workers.

    A photo that is being judged cannot be interrupted, so taking turns is not enough: if somebody's
    photos of a second each used all workers, everybody else would wait a second. Therefore:

    - While photos of others were judged within the last minute, a person leaves one worker free.
    - All people together who sent a slow photo within the last minute leave one worker free, while
      there are others.

    A bot with one worker has none to leave free.

    Args:
        workers: how many there are.
    """

    def __init__(self, workers: int) -> None:
        self._all_but_one = max(1, workers - 1)
        self._recent: TTLCache[int, None] = TTLCache(MAX_PEOPLE, REMEMBERED_S)
        self._slow: TTLCache[int, None] = TTLCache(MAX_PEOPLE, REMEMBERED_S)  # some of the recent

    def record(self, person: int, seconds: float) -> None:
        """Remember how long a photo of a person took."""
        self._recent[person] = None
        if seconds > SLOW_S:
            self._slow[person] = None

    def may_hold(self, person: int, workers: int, held: Mapping[int, int]) -> bool:
        """Return whether a person may use this many workers; see `fair_places.MayHold`."""
        if person in self._slow and len(self._recent) > len(self._slow):
            slow = (held[other] for other in held if other != person and other in self._slow)
            return workers + sum(slow) <= self._all_but_one
        alone = len(self._recent) == (person in self._recent)
        return alone or workers <= self._all_but_one
