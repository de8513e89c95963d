import asyncio
from collections import Counter

import httpx
import pytest

from bot.services.attachments import ImageAttachment
from bot.services.downloads import PLACES_A_PERSON, Downloads
from bot.transport.file_download import FileDownloader
from tests.support.fake_telegram import FakeTelegram, fake_bot

ANNA, BEN = 1001, 1002
MB = 1024 * 1024


class SlowFiles(httpx.AsyncBaseTransport):
    """Files that do not come until they may."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()  # by file id
        self.news = asyncio.Event()
        self.may_come = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer when the file may come."""
        self.asked[request.url.path.rsplit("/", 1)[1]] += 1
        self.news.set()
        await self.may_come.wait()
        return httpx.Response(200, stream=httpx.ByteStream(b"picture"))

    async def wait_for(self, *files: str) -> None:
        """Wait until these files have been asked for."""
        async with asyncio.timeout(10):
            while not set(files) <= set(self.asked):
                self.news.clear()
                await self.news.wait()


@pytest.fixture
def files() -> SlowFiles:
    return SlowFiles()


@pytest.fixture
def downloads(files: SlowFiles, telegram: FakeTelegram) -> Downloads:
    return Downloads(FileDownloader(fake_bot(telegram), httpx.AsyncClient(transport=files)))


def start(downloads: Downloads, name: str, person: int, size: int | None) -> "asyncio.Task[bytes]":
    async def download() -> bytes:
        async with downloads.download(ImageAttachment(name, name, size), person) as data:
            return data

    return asyncio.create_task(download())


async def test_slow_downloads_of_one_person_do_not_hold_up_others(
    downloads: Downloads, files: SlowFiles
) -> None:
    many = [start(downloads, f"anna{number}", ANNA, 50_000) for number in range(30)]
    one = start(downloads, "ben", BEN, 50_000)
    await files.wait_for("ben")
    assert files.asked.total() == PLACES_A_PERSON + 1
    files.may_come.set()
    assert await one == b"picture"
    await asyncio.gather(*many)


@pytest.mark.parametrize("size", [20 * MB, None])
async def test_large_files_are_downloaded_one_at_a_time_for_a_person(
    downloads: Downloads, files: SlowFiles, size: int | None
) -> None:
    both = [start(downloads, name, ANNA, size) for name in ("first", "second")]
    await files.wait_for("first")
    await start_and_finish_nothing()
    assert set(files.asked) == {"first"}
    files.may_come.set()
    await asyncio.gather(*both)
    assert set(files.asked) == {"first", "second"}


async def test_slow_downloads_of_a_few_people_do_not_hold_up_others(
    downloads: Downloads, files: SlowFiles
) -> None:
    many = [
        start(downloads, f"{person}-{n}", person, 50_000) for person in range(4) for n in range(9)
    ]
    await start_and_finish_nothing()
    one = start(downloads, "ben", BEN, 50_000)
    await files.wait_for("ben")
    files.may_come.set()
    await asyncio.gather(one, *many)


async def start_and_finish_nothing() -> None:
    """Let everything run that can run."""
    for _ in range(20):
        await asyncio.sleep(0)
