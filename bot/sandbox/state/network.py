"""The network between the bot and Telegram, which a test can cut."""

import asyncio


class Network:
    """Whether calls of the bot and deliveries to its webhook get through.

    The control side is always reachable.
    """

    def __init__(self) -> None:
        self._up = asyncio.Event()
        self._up.set()
        self._restoration: asyncio.TimerHandle | None = None

    @property
    def is_down(self) -> bool:
        return not self._up.is_set()

    def cut(self, seconds: float | None = None) -> None:
        """Let nothing through for `seconds`; if None, until `restore` is called."""
        self._cancel_restoration()
        self._up.clear()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._restoration = loop.call_later(seconds, self._up.set)

    def restore(self) -> None:
        self._cancel_restoration()
        self._up.set()

    async def wait_until_up(self) -> None:
        await self._up.wait()

    def _cancel_restoration(self) -> None:
        if self._restoration:
            self._restoration.cancel()
            self._restoration = None
