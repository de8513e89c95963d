"""Exponential backoff for what keeps trying until it works."""

MIN_PAUSE_S = 1.0
MAX_PAUSE_S = 30.0


class Backoff:
    """Exponential pauses between attempts, from 1 s to 30 s."""

    def __init__(self) -> None:
        self._next_s = MIN_PAUSE_S

    def grow(self) -> float:
        """Return the pause to make now, in seconds; the next one is twice as long."""
        pause_s, self._next_s = self._next_s, min(MAX_PAUSE_S, 2 * self._next_s)
        return pause_s

    def reset(self) -> None:
        """Start from the shortest pause again, after a success."""
        self._next_s = MIN_PAUSE_S
