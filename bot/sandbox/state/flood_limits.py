"""Telegram's flood limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits).

"Avoid sending more than one message per second [in a chat]. We may allow short bursts that go
over this limit"; 20 messages a minute in a group; 30 a second overall. Each is a token bucket.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.errors import too_many_requests


@dataclass(frozen=True)
class Rate:
    """A token bucket.

    Attributes:
        burst: messages that may come at once after a rest (at least 1).
        per_second: messages a second that may come for ever (above 0).
    """

    burst: float
    per_second: float


@dataclass(frozen=True)
class Limits:
    """The limits in force; the defaults are Telegram's, with a burst that no person reaches."""

    chat: Rate = Rate(20, 1.0)
    group: Rate = Rate(20, 20 / 60)
    overall: Rate = Rate(30, 30.0)


UNLIMITED = Limits(*(Rate(math.inf, math.inf),) * 3)


@dataclass
class _Bucket:
    tokens: float
    at: float


class Floods:
    """Counts what the bot sends.

    Args:
        limits: the limits in force.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._buckets: dict[int | None, _Bucket] = {}

    def count(self, chat_id: int, messages: int = 1) -> None:
        """Count messages to a chat.

        Raises:
            Failure: 429 with the seconds to wait; nothing is counted then.
        """
        local = self._limits.group if chat_id < 0 else self._limits.chat
        buckets = [
            (self._filled(chat_id, local), local),
            (self._filled(None, self._limits.overall), self._limits.overall),
        ]
        # An album longer than the bucket is deep passes when the bucket is full.
        waits = [
            (min(messages, rate.burst) - bucket.tokens) / rate.per_second
            for bucket, rate in buckets
            if min(messages, rate.burst) > bucket.tokens
        ]
        if waits:
            raise too_many_requests(math.ceil(max(waits)))
        for bucket, _ in buckets:
            bucket.tokens -= messages

    def _filled(self, name: int | None, rate: Rate) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(rate.burst, now))
        if rate.burst != math.inf:
            bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        return bucket
