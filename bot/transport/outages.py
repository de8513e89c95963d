"""How long a failed request is repeated, and what the log says about an outage."""

import asyncio
import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from telegram.error import NetworkError

from bot.backoff import Backoff

# An answer that Telegram could not process, or for which it did not know the method, is given up
# after this time. One that it did not accept the token for is not: the operator will give the bot
# another one, and start it again.
SERVER_ERROR_S = 600.0
NOT_FOUND_S = 60.0
QUERY_S = 60.0  # about as long as Telegram remembers a callback query
CALLER_S = 5.0  # for other requests; who makes them reports a failure, or tries again later
MAX_ATTEMPTS = 4  # of a request that is not repeated for long while others get through
# The caller can do without a picture or a download. A large file may be too much for the line or a
# proxy, and until it is given up, the chat gets no other message.
DISPENSABLE = ("sendPhoto", "getFile", "sendDocument")

logger = logging.getLogger(__name__)


class StatusError(NetworkError):
    """Telegram's answer has an HTTP status after which the request is repeated."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class Outages:
    """Knows which requests fail, and logs when that begins and when they get through again."""

    def __init__(self) -> None:
        self._failing: set[Attempts] = set()
        self._began_at = 0.0
        self._over = False  # whether one of those that failed has got through
        self._last_success_at = -math.inf

    @contextmanager
    def request(self, method: str) -> Iterator["Attempts"]:
        """Follow the attempts of one request.

        Args:
            method: of the Bot API.
        """
        attempts = Attempts(method, self)
        try:
            yield attempts
        finally:
            # Also when it is given up or cancelled.
            self._failing.discard(attempts)
            if not self._failing and self._over:
                self._over = False
                seconds = _now() - self._began_at
                logger.info("Requests to Telegram get through again, after %.0f s", seconds)

    def any_success_since(self, time: float) -> bool:
        """Return whether a request got through after a time of the event loop."""
        return self._last_success_at > time

    def note_failure(self, attempts: "Attempts", error: NetworkError) -> None:
        """Note that a request failed and will be repeated."""
        if not self._failing:
            self._began_at = _now()
            # Not the text of the error: it may contain the address, and that the token.
            logger.warning(
                "%s failed (%s); requests are repeated until they get through",
                attempts.method,
                _kind(error),
            )
        self._failing.add(attempts)

    def note_success(self, attempts: "Attempts") -> None:
        """Note that a request got through."""
        self._last_success_at = _now()
        self._over = self._over or attempts in self._failing


class Attempts:
    """The attempts of one request.

    Args:
        method: of the Bot API.
        outages: is told of each attempt.
    """

    def __init__(self, method: str, outages: Outages) -> None:
        self.method = method
        self._outages = outages
        self._backoff = Backoff()
        self.failures = 0
        self._began_at = _now()
        self._first_failure_at = math.inf

    def may_repeat(self, status: int) -> bool:
        """Return whether an answer with this HTTP status is a reason to repeat the request."""
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
            return _is_needed(self.method)
        return httpx.codes.is_server_error(status)

    def succeeded(self) -> None:
        """Note that Telegram has answered."""
        self._outages.note_success(self)

    def pause_after(self, error: NetworkError) -> float:
        """Return the seconds to wait before the next attempt.

        Raises:
            telegram.error.NetworkError: `error`, if there is none.
        """
        self.failures += 1
        self._first_failure_at = min(self._first_failure_at, _now())
        pause_s = self._backoff.grow()
        patience_s = _patience_s(self.method, error)
        elapsed_s = _now() - self._began_at
        if self._is_dispensed_with(error) or elapsed_s + pause_s > patience_s:
            raise error
        if patience_s > CALLER_S:
            self._outages.note_failure(self, error)
        return pause_s

    def _is_dispensed_with(self, error: NetworkError) -> bool:
        """Return whether the caller had better do without, and say so or send a text."""
        if self.method not in DISPENSABLE or self.failures < MAX_ATTEMPTS:
            return False
        if self.method == "sendPhoto" and isinstance(error, StatusError):
            return True  # a text instead is good enough not to wait, even if others fail, too
        return self._outages.any_success_since(self._first_failure_at)


def _patience_s(method: str, error: NetworkError) -> float:
    """Return for how many seconds a request is repeated that fails like this."""
    if method == "sendChatAction":
        return 0.0
    if method == "answerCallbackQuery":
        return QUERY_S
    if not _is_needed(method):
        return CALLER_S
    if not isinstance(error, StatusError) or error.status == httpx.codes.UNAUTHORIZED:
        return math.inf
    return NOT_FOUND_S if error.status == httpx.codes.NOT_FOUND else SERVER_ERROR_S


def _is_needed(method: str) -> bool:
    """Return whether somebody gets no answer if a request is given up."""
    return method.startswith(("send", "edit", "getFile")) and method != "sendChatAction"


def _kind(error: NetworkError) -> str:
    """Name an error without its text: the HTTP client's class, or the status."""
    return str(error) if isinstance(error, StatusError) else type(error.__cause__ or error).__name__


def _now() -> float:
    return asyncio.get_running_loop().time()
