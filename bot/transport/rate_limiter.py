"""Keeps to Telegram's flood limits, a chat at a time.

Telegram asks for at most one message a second in a chat, apart from short bursts, 20 a minute in a
group or channel, and 30 a second in all:
https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. Edits count like
messages (https://github.com/tdlib/td/issues/3034), `answerCallbackQuery` does not
(https://github.com/tdlib/telegram-bot-api/issues/648). Each picture of an album counts, as in the
limit of the Bot API server itself (`process_send_media_group_query` in
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp). Telegram does
not promise the numbers, so what it asks for with 429 has the last word.

Each rate is a leaky bucket with a capacity of some messages, so that few at once need not wait.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter
from cachetools import LRUCache
from telegram.error import ChatMigrated, RetryAfter
from telegram.ext import BaseRateLimiter

from bot.transport.outages import QUERY_S

# Capacity, and seconds in which as many leak. At least ten, because that many photos can be sent
# together, and in an album.
PRIVATE_CHAT = (10, 10.0)
GROUP = (10, 30.0)
ALL_CHATS = (15, 0.5)
# A bucket is empty again within 30 seconds. Within them, no more chats than this get a message.
MAX_REMEMBERED = 1000
LONG_WAIT_S = 3600.0

Answer = bool | dict[str, Any] | list[dict[str, Any]]
Send = Callable[[], Awaitable[Answer]]

logger = logging.getLogger(__name__)


class _Chat:
    """One chat's turns, bucket and pauses.

    Messages go out in order, one at a time. If many were sent at once, they would be refused
    together. Edits have their own order, because most of them answer a tap: they wait for one
    message at most.

    Args:
        chat_id: positive for a person, negative or a name for a group or channel.
    """

    def __init__(self, chat_id: int | str) -> None:
        is_private = isinstance(chat_id, int) and chat_id > 0
        self.messages = asyncio.Lock()
        self.edits = asyncio.Lock()
        self.bucket = AsyncLimiter(*(PRIVATE_CHAT if is_private else GROUP))
        self.pause_until = 0.0  # nothing is sent until then; a time of the event loop
        self.no_action_until = 0.0  # the same for chat actions alone

    async def wait_for_turn(self, messages: int) -> None:
        """Wait until the bucket has room for some messages and no pause is left."""
        await self.bucket.acquire(messages)
        while True:
            pause_s = self.pause_until - _now()
            if pause_s <= 0:
                return
            await asyncio.sleep(pause_s)  # meanwhile, another request may make it longer


class RateLimiter(BaseRateLimiter[int]):
    """Paces requests, and repeats those that Telegram refuses with 429 after the time it asks for.

    A pause holds up the chat that it was asked for, and no other. Requests without a chat do not
    wait for messages.
    """

    def __init__(self) -> None:
        # A chat lives as long as a request holds it, and while it is among the recent ones.
        self._chats: WeakValueDictionary[int | str, _Chat] = WeakValueDictionary()
        self._recent: LRUCache[int | str, _Chat] = LRUCache(MAX_REMEMBERED)
        self._all_chats = AsyncLimiter(*ALL_CHATS)
        self._bots = 1
        self._messages = asyncio.Lock()  # held by the message that is the next of all chats

    def divide_among(self, bots: int) -> None:
        """Take only this bot's part of the rate of all chats from now on.

        Args:
            bots: how many send with the same token, this one included.
        """
        if bots != self._bots:
            self._bots = bots
            messages, seconds = ALL_CHATS
            self._all_chats = AsyncLimiter(messages, seconds * bots)

    async def initialize(self) -> None:
        """Do nothing; the library requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the library requires the method."""

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
        del rate_limit_args
        send = partial(callback, *args, **kwargs)
        chat_id = data.get("chat_id")
        if chat_id is None:
            return await _send_without_chat(endpoint, send)
        if endpoint == "sendChatAction":
            return await _send_action(self._chat(chat_id), send)
        messages = len(data["media"]) if endpoint == "sendMediaGroup" else 1
        try:
            return await self._send_in_turn(self._chat(chat_id), endpoint, send, messages)
        except ChatMigrated as error:
            logger.info("A group has become a supergroup: %s goes to its new id", endpoint)
            moved = {**data, "chat_id": error.new_chat_id}
            args = tuple(moved if argument is data else argument for argument in args)
            send = partial(callback, *args, **kwargs)
            chat = self._chat(error.new_chat_id)
            return await self._send_in_turn(chat, endpoint, send, messages)

    def _chat(self, chat_id: int | str) -> _Chat:
        chat = self._chats.setdefault(chat_id, _Chat(chat_id))
        self._recent[chat_id] = chat
        return chat

    async def _send_in_turn(self, chat: _Chat, endpoint: str, send: Send, messages: int) -> Answer:
        is_edit = endpoint.startswith("edit")
        async with chat.edits if is_edit else chat.messages:
            while True:
                await chat.wait_for_turn(messages)
                async with nullcontext() if is_edit else self._messages:
                    await self._all_chats.acquire(messages)
                try:
                    return await send()
                except RetryAfter as error:
                    pause_s = _requested_pause_s(endpoint, error)
                    chat.pause_until = max(chat.pause_until, _now() + pause_s)


async def _send_without_chat(endpoint: str, send: Send) -> Answer:
    while True:
        try:
            return await send()
        except RetryAfter as error:
            pause_s = _requested_pause_s(endpoint, error)
            if endpoint == "answerCallbackQuery" and pause_s > QUERY_S:
                raise
            await asyncio.sleep(pause_s)


async def _send_action(chat: _Chat, send: Send) -> Answer:
    """Show a chat action now or not at all: late, it is useless. It is no message."""
    if _now() < max(chat.pause_until, chat.no_action_until):
        return False
    try:
        return await send()
    except RetryAfter as error:
        chat.no_action_until = _now() + _requested_pause_s("sendChatAction", error)
        return False


def _requested_pause_s(endpoint: str, error: RetryAfter) -> float:
    """Return the pause in seconds that Telegram asks for, and log it."""
    pause = error.retry_after
    pause_s = float(pause) if isinstance(pause, int) else pause.total_seconds()
    length = " (more than an hour)" if pause_s > LONG_WAIT_S else ""
    logger.warning("%s: Telegram asks to wait %.0f s%s (429)", endpoint, pause_s, length)
    return pause_s


def _now() -> float:
    return asyncio.get_running_loop().time()
