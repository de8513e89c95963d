"""Handles many updates at a time, and knows which are still in hand when the bot has to stop."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from telegram.ext import BaseUpdateProcessor

from bot.transport.pending_callbacks import PendingTaps

AT_ONCE = 256  # updates; most of them only wait for Telegram or for their turn


class InHand(BaseUpdateProcessor):
    """Runs each update in the task it comes in, and can give them up.

    Args:
        taps: is told of what was dealt with.
    """

    __slots__ = ("_taps", "_tasks")

    def __init__(self, taps: PendingTaps) -> None:
        super().__init__(max_concurrent_updates=AT_ONCE)
        self._taps = taps
        self._tasks: set[asyncio.Task[Any]] = set()

    async def do_process_update(
        self,
        update: object,
        coroutine: "Awaitable[Any]",
    ) -> None:
        """Handle one update; see `telegram.ext.BaseUpdateProcessor`."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of the library always runs in a task
        self._tasks.add(task)
        try:
            await coroutine
        finally:
            self._tasks.discard(task)
            self._taps.dealt_with(update)

    def give_up(self) -> int:
        """Cancel whatever is still in hand.

        Returns:
            How many updates that were.
        """
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""
