"""Whether a bot is there to take what people send; the chat page says so where none is."""

import asyncio
import contextlib
from collections.abc import Iterator
from enum import StrEnum

from bot.sandbox.state.events import EventLog


class Presence(StrEnum):
    """What is known about the bot."""

    NEVER = "never"
    """No bot has called yet."""
    CONNECTED = "connected"
    GONE = "gone"
    """The last call ended a while ago, or the webhook cannot be reached."""


class BotPresence:
    """Follows the bot's calls and the deliveries to its webhook.

    Args:
        events: where changes are announced, as events of type "bot".
        timeout: seconds without a call, after which a bot without a webhook counts as gone.

    Attributes:
        now: what is known at the moment.
        has_webhook: whether a webhook is set; such a bot may be silent for as long as it likes.
    """

    def __init__(self, events: EventLog, timeout: float) -> None:
        self._events = events
        self._timeout = timeout
        self._calls = 0
        self._expiry: asyncio.TimerHandle | None = None
        self.now = Presence.NEVER
        self.has_webhook = False

    @contextlib.contextmanager
    def during_call(self) -> Iterator[None]:
        """Count the bot as connected during a call, such as a long poll, and shortly after."""
        self._calls += 1
        self._stop_timer()
        self._change(Presence.CONNECTED)
        try:
            yield
        finally:
            self._calls -= 1
            if not self._calls:
                loop = asyncio.get_running_loop()
                self._expiry = loop.call_later(self._timeout, self._expire)

    def delivered(self) -> None:
        """Note that the webhook answered a delivery, with whatever status."""
        self._change(Presence.CONNECTED)

    def not_delivered(self) -> None:
        """Note that the webhook could not be reached."""
        if not self._calls:
            self._change(Presence.GONE)

    def stop(self) -> None:
        self._stop_timer()

    def _expire(self) -> None:
        if not self.has_webhook:
            self._change(Presence.GONE)

    def _change(self, presence: Presence) -> None:
        if presence != self.now:
            self.now = presence
            self._events.add("bot", presence=presence)

    def _stop_timer(self) -> None:
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None
