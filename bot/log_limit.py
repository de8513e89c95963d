"""Limits how often a kind of event is logged."""

import logging
import time
from collections.abc import Callable, Hashable

INTERVAL_S = 60.0
MAX_KINDS = 1000


class LogLimit:
    """Lets one line a minute through for each kind of event, and counts the others.

    Args:
        clock: monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[Hashable, float] = {}
        self._withheld: dict[Hashable, int] = {}

    def log(
        self,
        logger: logging.Logger,
        level: int,
        kind: Hashable,
        text: str,
        *values: object,
        exc_info: BaseException | None = None,
    ) -> None:
        """Log an event if its kind is due, with the number of events if there were several.

        Args:
            logger: the logger.
            level: the level, such as `logging.INFO`.
            kind: the kind of event; see `due`.
            text: a format, as for `logging.Logger.log`.
            *values: what the format refers to.
            exc_info: an exception whose traceback is logged.
        """
        count = self.due(kind)
        if count > 1:
            text, values = f"{text} (%d times)", (*values, count)
        if count:
            logger.log(level, text, *values, exc_info=exc_info)

    def due(self, kind: Hashable) -> int:
        """Count an event.

        Args:
            kind: the kind of event. The thousand first ones are told apart.

        Returns:
            How many events the line is about, this one included; 0 if it is not to be logged.
        """
        if kind not in self._last and len(self._last) >= MAX_KINDS:
            kind = None
        now = self._clock()
        count = self._withheld.pop(kind, 0) + 1
        if now - self._last.get(kind, -INTERVAL_S) < INTERVAL_S:
            self._withheld[kind] = count
            return 0
        self._last[kind] = now
        return count
