"""Telegram's flood limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits).

"Avoid sending more than one message per second [in a chat]. We may allow short bursts that go
over this limit"; 20 messages per minute in a group; 30 per second overall. Each limit is a token
bucket.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.errors import too_many_requests


@dataclass(frozen=True)
class Rate:
    """The parameters of a token bucket.

    Attributes:
        burst: its capacity: messages that may be sent at once (at least 1).
        per_second: its refill rate in messages per second (above 0).
    """

    burst: float
    per_second: float


@dataclass(frozen=True)
class FloodLimits:
    """The limits; the defaults are Telegram's, with a burst that no user of the page reaches."""

    chat: Rate = Rate(20, 1.0)
    group: Rate = Rate(20, 20 / 60)
    overall: Rate = Rate(30, 30.0)


UNLIMITED = FloodLimits(*(Rate(math.inf, math.inf),) * 3)


@dataclass
class _Bucket:
    tokens: float
    at: float


class FloodLimiter:
    """Counts the bot's messages.

    Args:
        limits: the limits; Telegram's if None.
        clock: a monotonic clock in seconds.
    """

    def __init__(
        self, limits: FloodLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits or FloodLimits()
        self._clock = clock
        self._buckets: dict[int | None, _Bucket] = {}

    def count(self, chat_id: int, messages: int = 1) -> None:
        """Count messages to a chat.

        Raises:
            BotApiError: 429 with the seconds to wait; the messages are not counted.
        """
        per_chat = self._limits.group if chat_id < 0 else self._limits.chat
        buckets = [
            (self._refilled_bucket(chat_id, per_chat), per_chat),
            (self._refilled_bucket(None, self._limits.overall), self._limits.overall),
        ]
        # An album larger than the bucket's capacity may be sent when the bucket is full.
        waits = [
            (min(messages, rate.burst) - bucket.tokens) / rate.per_second
            for bucket, rate in buckets
            if min(messages, rate.burst) > bucket.tokens
        ]
        if waits:
            raise too_many_requests(math.ceil(max(waits)))
        for bucket, _ in buckets:
            bucket.tokens -= messages

    def _refilled_bucket(self, key: int | None, rate: Rate) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now))
        if rate.burst != math.inf:
            bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        return bucket
