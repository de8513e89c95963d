"""Fault injection: calls of the bot fail in a way that a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from bot.sandbox.errors import BotApiError, ControlError, too_many_requests
from bot.sandbox.state.refusals import REFUSALS

REPLACING = frozenset(
    {
        "too_many_requests",
        "internal_error",
        "bad_gateway",
        "gateway_timeout",
        "html",
        "large_body",
        "large_chunked_body",
        "timeout",
        "drop",
        "reset",
        *REFUSALS,
    }
)
"""Kinds that answer instead of the call, which has no effect."""
SPOILING = frozenset(
    {"lost_answer", "half_body", "slow_body", "no_is_bot", "ignored_timeout"},
)
"""Kinds that spoil the answer of a call that has its effect."""
DUPLICATE_UPDATE = "duplicate_update"
STATUSES = frozenset(status.value for status in HTTPStatus if status >= HTTPStatus.OK)
KINDS = REPLACING | SPOILING | {DUPLICATE_UPDATE}


@dataclass
class Fault:
    """How calls of a method fail.

    Kinds that answer instead of the call, which has no effect:

    - "too_many_requests" (429), "internal_error" (500), or a kind of `REFUSALS`: a JSON answer.
    - "bad_gateway" (502), "gateway_timeout" (504): the page of a reverse proxy.
    - "html": a page with the status `status`.
    - "large_body", "large_chunked_body": `size` zero bytes, with or without Content-Length.
    - "timeout": no answer for `seconds`, then the connection closes.
    - "drop", "reset": the connection is closed, or reset as by a crashed server.

    Kinds that spoil the answer of a call that has its effect:

    - "lost_answer": the connection is reset instead of the answer.
    - "half_body": the connection closes in the middle of the body.
    - "slow_body": the body comes at `bytes_per_second`.
    - "no_is_bot": `getMe` answers without `is_bot`.
    - "ignored_timeout": `getUpdates` does not wait for updates.

    And "duplicate_update": the next update is delivered `copies` times.

    Attributes:
        method: the Bot API method, "file" for downloads, "*" for every call.
        kind: one of `KINDS`.
        times: for how many more calls (updates, for "duplicate_update"); None for all until the
            faults are cleared.
        chat_id: only calls with this `chat_id` fail; all of them if None.
        retry_after: seconds in the 429 answer.
        seconds: how long "timeout" holds the connection.
        copies: how often "duplicate_update" delivers an update (at least 2).
        status: HTTP status of "html".
        size: bytes of "large_body" and "large_chunked_body".
        bytes_per_second: rate of "slow_body".
        migrate_to_chat_id: the supergroup's id, required for "migrated".
    """

    method: str
    kind: str
    times: int | None = 1
    chat_id: int | None = None
    retry_after: int = 1
    seconds: float = 60.0
    copies: int = 2
    status: int = 200
    size: int = 300 * 2**20
    bytes_per_second: float = 100.0
    migrate_to_chat_id: int | None = None

    def __post_init__(self) -> None:
        """Raise a ControlError for an unknown kind or a number out of range."""
        if self.kind not in KINDS:
            raise ControlError(422, f"There is no fault {self.kind!r}.")
        if not self.method:
            raise ControlError(422, 'method must be a Bot API method, "file" or "*".')
        if self.times is not None and self.times < 1:
            raise ControlError(422, "times must be at least 1.")
        if min(self.retry_after, self.seconds, self.size) < 0 or self.bytes_per_second <= 0:
            raise ControlError(
                422,
                "retry_after, seconds and size must be at least 0, bytes_per_second above 0.",
            )
        if self.copies < 2:
            raise ControlError(422, "copies must be at least 2.")
        if self.status not in STATUSES:
            raise ControlError(422, "status must be an HTTP status from 200 on.")
        if self.kind == "migrated" and self.migrate_to_chat_id is None:
            raise ControlError(422, "migrated needs migrate_to_chat_id.")

    @property
    def spoils_answer(self) -> bool:
        """Whether the call has its effect and only the answer is spoiled."""
        return self.kind in SPOILING

    def error(self) -> BotApiError | None:
        """Return the error in the Bot API's format that this fault answers with, if it is one."""
        if self.kind == "too_many_requests":
            return too_many_requests(self.retry_after)
        if self.kind == "internal_error":
            return BotApiError(500, "Internal Server Error")
        if self.kind not in REFUSALS:
            return None
        code, description = REFUSALS[self.kind]
        if self.kind == "migrated" and self.migrate_to_chat_id is not None:
            return BotApiError(code, description, {"migrate_to_chat_id": self.migrate_to_chat_id})
        return BotApiError(code, description)

    def affects(self, method: str, chat_id: int | None) -> bool:
        """Return whether a call of `method` with this `chat_id`, if it has one, fails."""
        return (
            self.kind != DUPLICATE_UPDATE
            and self.method.lower() in ("*", method.lower())
            and self.chat_id in (None, chat_id)
        )


class Faults:
    """The faults still to come; those with a number of times before lasting ones, else by age."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)
        self._waiting.sort(key=lambda waiting: waiting.times is None)

    def clear(self) -> None:
        self._waiting.clear()

    def next_for(self, method: str, chat_id: int | None = None) -> Fault | None:
        """Return the fault for this call, if any, and use it up once.

        Args:
            method: the Bot API method, or "file" for a download.
            chat_id: the chat that the call names, if any.
        """
        return self._take(lambda fault: fault.affects(method, chat_id))

    def update_copies(self) -> int:
        """Return how often to deliver the update being queued: once unless a fault is due."""
        fault = self._take(lambda fault: fault.kind == DUPLICATE_UPDATE)
        return fault.copies if fault else 1

    def _take(self, matches: Callable[[Fault], bool]) -> Fault | None:
        for fault in self._waiting:
            if matches(fault):
                if fault.times is not None:
                    fault.times -= 1
                    if not fault.times:
                        self._waiting.remove(fault)
                return fault
        return None
