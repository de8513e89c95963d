"""How many photos may be in hand, in all and of one person."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from bot.errors import QueueFullError

MAX_PHOTOS = 64
ALBUM = 10  # pictures in the largest album that Telegram allows
_FIRST_GUESS_S = 0.1
_WEIGHT_OF_LAST = 0.1


class PhotoQueue:
    """Counts the photos that are downloaded, judged or wait for that, and refuses further ones.

    A person may have as many in hand as there are free places, so that somebody alone can use half
    of them and several people get fewer each; but always a whole album while there is room.

    Args:
        workers: photos judged at the same time.
        max_photos: photos that may be in hand at the same time.
    """

    def __init__(self, workers: int, max_photos: int = MAX_PHOTOS) -> None:
        self._workers = workers
        self._max_photos = max_photos
        self._in_hand: Counter[int] = Counter()
        self._seconds = _FIRST_GUESS_S  # that a photo takes, a moving average

    @property
    def in_hand(self) -> int:
        """How many photos are in hand."""
        return self._in_hand.total()

    @contextmanager
    def admit(self, person: int) -> Iterator[None]:
        """Count a photo of a person while the block runs.

        Raises:
            QueueFullError: too many are in hand.
        """
        free = self._max_photos - self._in_hand.total()
        if free <= 0 or self._in_hand[person] >= max(ALBUM, free):
            raise self.full(person)
        self._in_hand[person] += 1
        try:
            yield
        finally:
            self._in_hand[person] -= 1
            if not self._in_hand[person]:
                del self._in_hand[person]

    def full(self, person: int) -> QueueFullError:
        """Return the error for a photo of a person that has to be refused now."""
        ahead = self._ahead_of(person)
        return QueueFullError(ahead, ceil(ahead * self._seconds / self._workers))

    def record(self, seconds: float) -> None:
        """Take into account how long a photo took, for estimates."""
        self._seconds += _WEIGHT_OF_LAST * (seconds - self._seconds)

    def _ahead_of(self, person: int) -> int:
        """Return how many photos would be judged before the next one of a person.

        People take turns, so of each other person at most as many as this one has, and one more.
        """
        own = self._in_hand[person]
        return own + sum(
            min(photos, own + 1) for other, photos in self._in_hand.items() if other != person
        )
