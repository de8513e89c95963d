"""Handles many updates at a time, and knows which are pending."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

MAX_CONCURRENT_UPDATES = 256  # most of them only wait for Telegram or for their turn


class PendingCallbacks:
    """The callback queries that were fetched from Telegram and are not handled yet.

    Telegram forgets an update once later ones are requested. As long as none are, Telegram delivers
    a callback query again if the bot is killed before it has stored it. Other updates need no such
    care: the sender of a photo sees that there is no answer, but a lost tap leaves no trace.
    """

    def __init__(self) -> None:
        self._update_ids: set[int] = set()
        self._none_left = asyncio.Event()
        self._none_left.set()

    def add(self, update: object) -> None:
        """Note an update that came from Telegram, if it is a callback query."""
        if isinstance(update, Update) and update.callback_query is not None:
            self._update_ids.add(update.update_id)
            self._none_left.clear()

    def remove(self, update: object) -> None:
        """Note that an update was handled, successfully or not."""
        if isinstance(update, Update):
            self._update_ids.discard(update.update_id)
        if not self._update_ids:
            self._none_left.set()

    async def wait(self, seconds: float) -> None:
        """Wait until no callback query is pending.

        After the timeout, still-pending callback queries are forgotten.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._none_left.wait()
        except TimeoutError:
            self._update_ids.clear()
            self._none_left.set()


class UpdateProcessor(BaseUpdateProcessor):
    """Runs each update in its own task, and can cancel those that are still running.

    Args:
        pending: the callback queries that are not handled yet.
    """

    __slots__ = ("_pending", "_tasks")

    def __init__(self, pending: PendingCallbacks) -> None:
        super().__init__(max_concurrent_updates=MAX_CONCURRENT_UPDATES)
        self._pending = pending
        self._tasks: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update; see `telegram.ext.BaseUpdateProcessor`."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        try:
            await task
        finally:
            self._tasks.discard(task)
            self._pending.remove(update)

    def cancel_all(self) -> int:
        """Cancel the updates that are still being handled.

        Returns:
            Their number.
        """
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)

    async def initialize(self) -> None:
        """Do nothing; the library requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the library requires the method."""
