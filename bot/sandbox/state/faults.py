"""Faults that a test asks for: the next calls of a method go wrong in a chosen way."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.sandbox.errors import Refusal

KINDS: Final = ("too_many_requests", "bad_gateway", "timeout", "drop", "duplicate_update")


@dataclass
class Fault:
    """How the next calls go wrong.

    Attributes:
        method: the Bot API method, "file" for downloads, "*" for every call.
        kind: "too_many_requests" (429), "bad_gateway" (502), "timeout" (no answer for `seconds`,
            then the connection closes), "drop" (the connection closes at once) or
            "duplicate_update" (the next update is delivered more than once). A call that goes wrong
            in one of the first four ways is not carried out.
        times: for how many more calls (updates, for "duplicate_update").
        retry_after: seconds asked for with 429.
        seconds: how long "timeout" holds the connection.
        copies: how often "duplicate_update" delivers an update, at least 2.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 60.0
    copies: int = 2

    def __post_init__(self) -> None:
        """Check the fields.

        Raises:
            Refusal: a kind there is not, or a number out of range.
        """
        if self.kind not in KINDS:
            raise Refusal(422, f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}.")
        if not self.method:
            raise Refusal(422, 'method must be a Bot API method, "file" or "*".')
        if self.times < 1 or self.retry_after < 0 or self.seconds < 0:
            raise Refusal(422, "times must be at least 1; retry_after and seconds at least 0.")
        if self.copies < 2:
            raise Refusal(422, "copies must be at least 2.")


class Faults:
    """The faults still to come, the ones asked for first come first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        self._waiting.clear()

    def strike(self, method: str) -> Fault | None:
        """Return the fault that this call of `method` meets, if any, and count it."""
        return self._take(
            lambda fault: (
                fault.kind != "duplicate_update" and fault.method.lower() in ("*", method.lower())
            )
        )

    def copies(self) -> int:
        """Return how often the update being queued is delivered: 1, or more for a duplicate."""
        fault = self._take(lambda fault: fault.kind == "duplicate_update")
        return fault.copies if fault else 1

    def _take(self, meets: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._waiting:
            if meets(fault):
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None
