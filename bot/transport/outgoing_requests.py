"""How requests go out to the Bot API: within its limits, and again after a failure."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any
from weakref import WeakValueDictionary

import httpx
from telegram.error import NetworkError
from telegram.ext import AIORateLimiter
from telegram.request import HTTPXRequest

RETRY_PAUSES_S = (0.5, 1.0, 2.0)  # before the second, third and fourth attempt
MAX_FLOOD_RETRIES = 5  # per message, each after the pause that Telegram asks for

Answer = bool | dict[str, Any] | list[dict[str, Any]]

logger = logging.getLogger(__name__)


class RetryingRequest(HTTPXRequest):
    """Retries after a lost connection, a timeout or a server error (5xx).

    A message whose confirmation was lost may be sent twice. Without the retry, a photo might get
    no answer at all, which is worse. Flood limits (429) are left to `RateLimiter`.

    Args:
        transport: carries the requests; the network by default.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # Uploading a picture over a slow line takes a while, and so does Telegram's answer.
        super().__init__(
            read_timeout=10,
            write_timeout=10,
            connect_timeout=5,
            pool_timeout=30,
            httpx_kwargs={"transport": transport} if transport else None,
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make one request; see `telegram.request.BaseRequest.do_request`."""
        for pause_s in RETRY_PAUSES_S:
            try:
                status, payload = await super().do_request(*args, **kwargs)
            except NetworkError as error:
                problem = str(error)
            else:
                if status < 500:
                    return status, payload
                problem = f"status {status}"
            logger.warning("Telegram request failed (%s), retrying in %.1f s", problem, pause_s)
            await asyncio.sleep(pause_s)
        return await super().do_request(*args, **kwargs)


class RateLimiter(AIORateLimiter):
    """The library's rate limiter, with one message at a time in each chat.

    See https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. If many
    answers to one chat were sent at once, they would be refused together, wait together and be
    refused together again until some ran out of retries. One after another, each waits at most
    once.
    """

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        super().__init__(max_retries=MAX_FLOOD_RETRIES)
        # A lock lives as long as a request holds it or waits for it.
        self._locks: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Answer:
        """Send a request when it is its turn; see `telegram.ext.BaseRateLimiter`."""
        if endpoint == "sendChatAction":
            # It is not a message and does not count towards the limits; late, it is useless.
            return await callback(*args, **kwargs)
        chat_id = data.get("chat_id")
        lock = nullcontext() if chat_id is None else self._locks.setdefault(chat_id, asyncio.Lock())
        async with lock:
            return await super().process_request(
                callback, args, kwargs, endpoint, data, rate_limit_args
            )
