"""Sends the files of /mydata and /export, one at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, aclosing, asynccontextmanager

from bot.errors import StorageError
from bot.services.zip_writer import ZipPart

TURN_S = 60.0  # for one file; Telegram may let one chat wait for an hour, and nobody else

Request = tuple[str, int]
"""What is asked for, and the id of the user who asks."""


class ExportQueue:
    """Lets requests take turns: after each file, the next one may have its turn.

    However many people ask at once, one file is on disk, besides those that could not be sent
    during their turn, and it takes as much memory as one request does. Nobody waits for all files
    of somebody with thousands of faces.

    Args:
        turn_s: seconds after which the next request has its turn, even if a file is not sent yet.
    """

    def __init__(self, turn_s: float = TURN_S) -> None:
        self._turn_s = turn_s
        self._lock = asyncio.Lock()  # whoever waited longest is next
        self._requests: set[Request] = set()

    def is_busy(self) -> bool:
        """Return whether any request is being worked on."""
        return bool(self._requests)

    def has(self, request: Request) -> bool:
        """Return whether a request is being worked on, or waits."""
        return request in self._requests

    async def run(
        self,
        request: Request,
        files: AsyncGenerator[ZipPart, None],
        send: Callable[[int, ZipPart], Awaitable[None]],
    ) -> int:
        """Make and send files when it is their turn.

        Args:
            request: one that is not being worked on.
            files: makes them; the next one when the one before has been sent.
            send: takes the number of a file, from 1, and the file.

        Returns:
            How many files there were.

        Raises:
            StorageError: a file cannot be made; those before it have been sent.
            Exception: what `send` raises.
        """
        self._requests.add(request)
        try:
            async with aclosing(files):
                number = 0
                while await self._send_next(files, send, number + 1):
                    number += 1
                return number
        finally:
            self._requests.remove(request)

    async def _send_next(
        self,
        files: AsyncGenerator[ZipPart, None],
        send: Callable[[int, ZipPart], Awaitable[None]],
        number: int,
    ) -> bool:
        async with self._turn():
            try:
                part = await anext(files, None)
            except OSError as error:
                raise StorageError(f"no file can be written: {error}") from error
            if part is None:
                return False
            with part.file:
                await send(number, part)
            return True

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a turn, which ends with the block or before."""
        await self._lock.acquire()
        with ExitStack() as turn:
            turn.callback(self._lock.release)
            # Closing it a second time does nothing.
            timer = asyncio.get_running_loop().call_later(self._turn_s, turn.close)
            try:
                yield
            finally:
                timer.cancel()
