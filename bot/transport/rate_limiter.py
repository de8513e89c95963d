"""How fast the bot may talk: it keeps within Telegram's limits and waits when told to.

See https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from telegram.ext import AIORateLimiter

MAX_RETRIES = 5  # per message, each after the pause that Telegram asks for

Answer = bool | dict[str, Any] | list[dict[str, Any]]


class Pacer(AIORateLimiter):
    """The library's rate limiter, with one message at a time in each chat.

    Many answers to one chat would otherwise be refused together, wait together, and be refused
    together again, until some ran out of retries. One after another, each waits at most once.
    """

    __slots__ = ("_turns",)

    def __init__(self) -> None:
        super().__init__(max_retries=MAX_RETRIES)
        # A lock lives for as long as somebody holds it or waits for it.
        self._turns: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()

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
        chat_id = data.get("chat_id")
        if endpoint == "sendChatAction":
            # "typing" is no message: it takes nothing from the allowance, and late is too late.
            return await callback(*args, **kwargs)
        if chat_id is None:
            return await super().process_request(
                callback, args, kwargs, endpoint, data, rate_limit_args
            )
        turn = self._turns.setdefault(chat_id, asyncio.Lock())
        async with turn:
            return await super().process_request(
                callback, args, kwargs, endpoint, data, rate_limit_args
            )
