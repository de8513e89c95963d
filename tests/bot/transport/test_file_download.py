import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot.errors import DownloadError, FileTooLargeError
from bot.transport import file_download
from bot.transport.file_download import FileDownloader
from tests.support.fake_telegram import TOKEN, FakeTelegram, fake_bot

MAX_BYTES = 1000


class Chunks(httpx.AsyncByteStream):
    """The body of an answer, in parts.

    Args:
        parts: what comes.
        pause_s: seconds before each part.
    """

    def __init__(self, parts: Iterator[bytes], pause_s: float = 0) -> None:
        self._parts = parts
        self._pause_s = pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            await asyncio.sleep(self._pause_s)
            yield part


class FileServer:
    """Answers downloads with what a test lines up, and with the file after that."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | httpx.TransportError] = []
        self.asked = 0

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        """Answer as the handler of an `httpx.MockTransport`."""
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else body(iter([b"pic", b"ture"]))
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer


def body(parts: Iterator[bytes], pause_s: float = 0, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=Chunks(parts, pause_s))


def html() -> httpx.Response:
    page = body(iter([b"<html>Please sign in</html>"]))
    page.headers["Content-Type"] = "text/html; charset=utf-8"
    return page


@pytest.fixture
def server() -> FileServer:
    return FileServer()


@pytest.fixture
def downloader(
    telegram: FakeTelegram, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> FileDownloader:
    monkeypatch.setattr(file_download, "RETRY_PAUSES_S", (0.0, 0.0))
    http = httpx.AsyncClient(transport=httpx.MockTransport(server))
    return FileDownloader(fake_bot(telegram), http)


@pytest.fixture
def impatient(downloader: FileDownloader) -> FileDownloader:
    """A downloader that gives up soon."""
    downloader._patience_s = 0.2
    return downloader


async def test_a_file_is_downloaded(downloader: FileDownloader) -> None:
    assert await downloader.download("f", MAX_BYTES) == b"picture"


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("peer closed connection"),  # half a body
        body(iter([b"half"]), status=502),
        body(iter([b""]), status=429),
        html(),
    ],
)
async def test_after_a_network_error_the_file_is_asked_for_again(
    downloader: FileDownloader,
    server: FileServer,
    telegram: FakeTelegram,
    fault: httpx.Response | httpx.TransportError,
) -> None:
    server.answers = [fault, fault]
    assert await downloader.download("f", MAX_BYTES) == b"picture"
    assert len(telegram.called("getFile")) == 3


async def test_a_file_that_never_comes_is_a_download_error(
    downloader: FileDownloader, server: FileServer
) -> None:
    server.answers = [html() for _ in range(3)]
    with pytest.raises(DownloadError, match="text/html"):
        await downloader.download("f", MAX_BYTES)
    assert server.asked == 3


async def test_a_file_that_is_gone_is_asked_for_once(
    downloader: FileDownloader, server: FileServer
) -> None:
    server.answers = [body(iter([b""]), status=404)]
    with pytest.raises(DownloadError, match="404"):
        await downloader.download("f", MAX_BYTES)
    assert server.asked == 1


@pytest.mark.parametrize(
    "error", [BadRequest("file is too big"), InvalidToken("Not Found"), NetworkError("gone")]
)
async def test_without_an_address_there_is_no_download(
    downloader: FileDownloader, telegram: FakeTelegram, server: FileServer, error: Exception
) -> None:
    telegram.fail("getFile", error)  # type: ignore[arg-type]
    with pytest.raises(DownloadError):
        await downloader.download("f", MAX_BYTES)
    assert server.asked == 0


async def test_a_file_that_telegram_finds_too_large_is_told_apart(
    downloader: FileDownloader, telegram: FakeTelegram
) -> None:
    telegram.fail("getFile", BadRequest("File is too big"))
    with pytest.raises(FileTooLargeError):
        await downloader.download("f", MAX_BYTES)


async def test_a_body_that_is_too_long_is_not_read_to_its_end(
    downloader: FileDownloader, server: FileServer
) -> None:
    endless = iter(lambda: bytes(300), None)
    server.answers = [body(endless)]
    with pytest.raises(DownloadError, match="more than 1000 bytes"):
        await downloader.download("f", MAX_BYTES)
    assert server.asked == 1


async def test_a_file_that_trickles_fails(impatient: FileDownloader, server: FileServer) -> None:
    server.answers = [body(iter(lambda: b"x", None), pause_s=0.01) for _ in range(3)]
    async with asyncio.timeout(5):
        with pytest.raises(DownloadError, match="too slow"):
            await impatient.download("f", MAX_BYTES)


async def test_a_large_file_may_take_longer(impatient: FileDownloader, server: FileServer) -> None:
    # Longer than a file may take of which nothing comes.
    parts = [bytes(4096)] * 10
    server.answers = [body(iter(parts), pause_s=0.05)]
    assert len(await impatient.download("f", 100_000)) == 40960


async def test_the_file_of_a_server_on_this_computer_is_read(
    downloader: FileDownloader, tmp_path: Path
) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"local")
    assert await downloader.download(str(tmp_path / "picture.jpg"), MAX_BYTES) == b"local"


async def test_a_file_of_the_same_name_in_this_folder_does_not_matter(
    downloader: FileDownloader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "file_0.jpg").touch()
    monkeypatch.chdir(tmp_path)
    assert await downloader.download("photos/file_0.jpg", MAX_BYTES) == b"picture"


async def test_the_token_is_neither_logged_nor_in_the_error(
    downloader: FileDownloader, server: FileServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    address = f"https://api.telegram.org/file/bot{TOKEN}/f"
    server.answers = [httpx.ConnectError(f"cannot reach {address}")] * 3
    with pytest.raises(DownloadError) as raised:
        await downloader.download("f", MAX_BYTES)
    assert "ConnectError" in caplog.text
    assert TOKEN not in caplog.text + str(raised.value)
    assert raised.value.__cause__ is None
