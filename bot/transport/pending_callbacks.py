"""The taps that were taken from Telegram and are not dealt with yet.

Telegram forgets an update once later ones are asked for. A tap is asked for again, if the bot is
killed before it was stored, as long as nothing later is asked for until then. Other updates need no
such care: who sent a photo sees that there is no answer, but a tap leaves nothing to be seen.
"""

import asyncio

from telegram import Update


class PendingTaps:
    """Knows which taps are pending, and when none is."""

    def __init__(self) -> None:
        self._pending: set[int] = set()  # ids of the updates
        self._none = asyncio.Event()
        self._none.set()

    def taken(self, update: object) -> None:
        """An update came from Telegram."""
        if isinstance(update, Update) and update.callback_query is not None:
            self._pending.add(update.update_id)
            self._none.clear()

    def dealt_with(self, update: object) -> None:
        """An update was handled, whatever came of it."""
        if isinstance(update, Update):
            self._pending.discard(update.update_id)
        if not self._pending:
            self._none.set()

    async def wait(self, seconds: float) -> None:
        """Wait until no tap is pending, but so many seconds at most.

        Those that are pending even then are waited for no longer, also the next time.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._none.wait()
        except TimeoutError:
            self._pending.clear()
            self._none.set()
