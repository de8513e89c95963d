"""The network between the bot and Telegram, which a test can cut."""

import asyncio


class Network:
    """Whether calls of the bot and deliveries to its webhook get through.

    The control side is always reachable.
    """

    def __init__(self) -> None:
        self._is_down = False
        self._restoration: asyncio.TimerHandle | None = None

    @property
    def is_down(self) -> bool:
        return self._is_down

    def cut(self, seconds: float | None = None) -> None:
        """Let nothing through for `seconds`; if None, until `restore` is called."""
        self.restore()
        self._is_down = True
        if seconds is not None:
            self._restoration = asyncio.get_running_loop().call_later(seconds, self.restore)

    def restore(self) -> None:
        self._is_down = False
        if self._restoration:
            self._restoration.cancel()
            self._restoration = None
