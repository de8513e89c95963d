"""Exponential backoff."""

MIN_PAUSE_S = 1.0
MAX_PAUSE_S = 30.0


class Backoff:
    """Pauses between attempts, each twice as long as the one before, from 1 s to 30 s."""

    def __init__(self) -> None:
        self._next_s = MIN_PAUSE_S

    def grow(self) -> float:
        """Return the next pause in seconds."""
        pause_s, self._next_s = self._next_s, min(MAX_PAUSE_S, 2 * self._next_s)
        return pause_s

    def reset(self) -> None:
        """Start with the shortest pause again."""
        self._next_s = MIN_PAUSE_S
