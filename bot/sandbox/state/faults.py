"""Fault injection: the next calls of a method fail in a way that a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.errors import ControlError

KINDS = ("too_many_requests", "bad_gateway", "timeout", "drop", "duplicate_update")


@dataclass
class Fault:
    """How the next calls fail.

    Attributes:
        method: the Bot API method, "file" for downloads, "*" for every call.
        kind: "too_many_requests" (429), "bad_gateway" (502), "timeout" (no answer for `seconds`,
            then the connection closes), "drop" (the connection closes at once) or
            "duplicate_update" (the next update is delivered more than once). The first four kinds
            of fault replace the call: it has no effect.
        times: for how many more calls (updates, for "duplicate_update").
        retry_after: seconds in the 429 answer.
        seconds: how long "timeout" holds the connection.
        copies: how often "duplicate_update" delivers an update (at least 2).
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 60.0
    copies: int = 2

    def __post_init__(self) -> None:
        """Raise a ControlError for an unknown kind or a number out of range."""
        if self.kind not in KINDS:
            raise ControlError(422, f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}.")
        if not self.method:
            raise ControlError(422, 'method must be a Bot API method, "file" or "*".')
        if self.times < 1 or self.retry_after < 0 or self.seconds < 0:
            raise ControlError(422, "times must be at least 1; retry_after and seconds at least 0.")
        if self.copies < 2:
            raise ControlError(422, "copies must be at least 2.")


class Faults:
    """The faults still to come, in the order in which they were added."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def next_for(self, method: str) -> Fault | None:
        """Return the fault for this call of `method`, if any, and use it up once."""
        return self._take(
            lambda fault: (
                fault.kind != "duplicate_update" and fault.method.lower() in ("*", method.lower())
            )
        )

    def update_copies(self) -> int:
        """Return how often to deliver the update being queued: once unless a fault is due."""
        fault = self._take(lambda fault: fault.kind == "duplicate_update")
        return fault.copies if fault else 1

    def _take(self, matches: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._waiting:
            if matches(fault):
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None
