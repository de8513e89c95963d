"""Downloads files from Telegram: at most so many bytes, and not slower than so many a second.

The library reads a file of any size into memory, and waits ten seconds for every single byte.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import httpx
from telegram import Bot
from telegram.error import TelegramError

from bot.errors import DownloadError, FileTooLargeError
from bot.transport.local_files import named_path, read_local_file

RETRY_PAUSES_S = (0.5, 1.0)  # before the second and third attempt
# An attempt may take this long, and longer for each byte that has come, but never over the limit.
PATIENCE_S = 10.0
MIN_BYTES_A_SECOND = 32 * 1024
LIMIT_S = 120.0
# https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp, `do_get_file`
_TOO_LARGE = "file is too big"

logger = logging.getLogger(__name__)


class _InterruptedError(DownloadError):
    """The download broke off; another attempt may succeed."""


class FileDownloader:
    """Downloads files into memory.

    Args:
        bot: asks for the address of a file.
        http: fetches it from there.
        patience_s: seconds that an attempt may take before its speed matters.
    """

    def __init__(self, bot: Bot, http: httpx.AsyncClient, patience_s: float = PATIENCE_S) -> None:
        self._bot = bot
        self._http = http
        self._patience_s = patience_s

    async def download(self, file_id: str, max_bytes: int) -> bytes:
        """Download a file, with further attempts after a network error.

        Each attempt asks for the address again: addresses expire, and while Telegram cannot be
        reached, that request waits as all others do.

        Args:
            file_id: as Telegram names the file.
            max_bytes: the download breaks off when more than these come.

        Raises:
            FileTooLargeError: the file has more than `max_bytes`, or than Telegram allows.
            DownloadError: Telegram does not hand over the file, or too slowly.
        """
        for pause_s in RETRY_PAUSES_S:
            try:
                return await self._attempt(file_id, max_bytes)
            except _InterruptedError as error:
                logger.warning("A download failed (%s), retrying in %.1f s", error, pause_s)
                await asyncio.sleep(pause_s)
        return await self._attempt(file_id, max_bytes)

    async def _attempt(self, file_id: str, max_bytes: int) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
        except TelegramError as error:
            kind = FileTooLargeError if _TOO_LARGE in error.message.lower() else DownloadError
            raise kind(str(error)) from error
        path = named_path(self._bot, file)
        if not path:
            raise DownloadError("Telegram names no path of the file")
        if (file.file_size or 0) > max_bytes:
            raise FileTooLargeError(f"the file has {file.file_size} bytes")
        if path.startswith("/"):
            return await asyncio.to_thread(read_local_file, Path(path), max_bytes)
        data = await self._fetch(f"{self._bot.base_file_url}/{path}", max_bytes)
        if file.file_size not in (None, len(data)):
            raise _InterruptedError(f"{len(data)} of {file.file_size} bytes came")
        return data

    async def _fetch(self, url: str, max_bytes: int) -> bytes:
        start = asyncio.get_running_loop().time()
        received = BytesIO()  # unlike a bytearray, it hands over its bytes without a copy
        # The errors of httpx are not passed on: they hold the address, and that has the token.
        try:
            async with (
                asyncio.timeout_at(start + self._patience_s) as deadline,
                self._http.stream("GET", url, headers={"Accept-Encoding": "identity"}) as answer,
            ):
                _check(answer)
                async for chunk in answer.aiter_raw():
                    received.write(chunk)
                    if received.tell() > max_bytes:
                        raise DownloadError(f"more than {max_bytes} bytes came")
                    patience_s = self._patience_s + received.tell() / MIN_BYTES_A_SECOND
                    deadline.reschedule(start + min(patience_s, LIMIT_S))
        except TimeoutError:
            raise _InterruptedError(f"too slow, {received.tell()} bytes came") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _InterruptedError(type(error).__name__) from None
        return received.getvalue()


@asynccontextmanager
async def open_downloader(
    bot: Bot, transport: httpx.AsyncBaseTransport
) -> AsyncIterator[FileDownloader]:
    """Return a downloader that uses a transport, which is closed after the block."""
    # No timeout: every attempt has a limit of its own.
    async with httpx.AsyncClient(transport=transport, timeout=None) as http:  # noqa: S113
        yield FileDownloader(bot, http)


def _check(answer: httpx.Response) -> None:
    """Refuse an answer that is not the file.

    Raises:
        DownloadError: there is no such file.
        _InterruptedError: the server or something before it is out of order.
    """
    status = answer.status_code
    if status in (400, 401, 403, 404):
        raise DownloadError(f"status {status}")
    # An error page of a proxy or a hotspot may come with status 200.
    if status != 200 or answer.headers.get("Content-Type", "").startswith("text/html"):
        raise _InterruptedError(f"status {status}, {answer.headers.get('Content-Type')}")
