import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.services.housekeeping import Housekeeper
from bot.storage import user_data
from bot.storage.database import Database, open_database
from tests.support.stored_answers import ANNA, address, new_photo, store_answer

LONG_AGO = 1_000_000
EXPIRED = "Faces expired and erased: 1"


class LogLines(logging.Handler):
    """Collects log messages, and waits for them."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.put_nowait(record.getMessage())

    async def wait_for(self, part: str) -> None:
        async with asyncio.timeout(10):
            while part not in await self._lines.get():
                pass


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[LogLines]:
    caplog.set_level(logging.INFO, "bot.services.housekeeping")
    lines = LogLines()
    logger = logging.getLogger("bot.services.housekeeping")
    logger.addHandler(lines)
    yield lines
    logger.removeHandler(lines)


@asynccontextmanager
async def running(housekeeper: Housekeeper) -> AsyncIterator[None]:
    task = asyncio.create_task(housekeeper.run())
    yield
    task.cancel()
    await asyncio.wait({task})


def stored_crops(file: Path) -> bool:
    return any(b"crop 0 of" in path.read_bytes() for path in file.parent.iterdir())


async def test_expired_faces_are_erased_at_once_and_in_later_rounds(
    database: Database, file: Path, lines: LogLines
) -> None:
    await store_answer(database, new_photo(0.9), now=LONG_AGO)
    assert stored_crops(file)
    async with running(Housekeeper(database, interval_s=0.01)):
        await lines.wait_for(EXPIRED)
        assert not stored_crops(file)
        await store_answer(database, new_photo(0.9, name="a later one"), now=LONG_AGO)
        await lines.wait_for(EXPIRED)
        assert not stored_crops(file)


async def test_the_round_after_a_failed_one_does_its_work(
    database: Database, file: Path, lines: LogLines
) -> None:
    await store_answer(database, new_photo(0.9), now=LONG_AGO)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        async with running(Housekeeper(database, interval_s=0.01)):
            await lines.wait_for("Expired faces stay for now: database is locked")
            assert stored_crops(file)
            other.execute("ROLLBACK")
            await lines.wait_for(EXPIRED)
            assert not stored_crops(file)


async def test_traces_that_could_not_be_removed_are_removed_later(
    database: Database, file: Path, lines: LogLines
) -> None:
    housekeeper = Housekeeper(database, interval_s=0.01)
    await store_answer(database, new_photo(0.9))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM faces").fetchall()
        await user_data.erase(database, ANNA)
        assert not await housekeeper.scrub()
        assert stored_crops(file)
    async with running(housekeeper):
        await lines.wait_for("Traces of erased data removed")
    assert not stored_crops(file)


async def test_simultaneous_calls_share_a_scrub(
    database: Database, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.services.housekeeping")
    housekeeper = Housekeeper(database)
    await store_answer(database, new_photo(0.9))
    await user_data.erase(database, ANNA)
    assert await asyncio.gather(*(housekeeper.scrub() for _ in range(20))) == [True] * 20
    assert not stored_crops(file)
    assert caplog.messages == ["Traces of erased data removed"]


async def test_after_a_long_scrub_the_next_one_waits_for_a_round(
    database: Database, file: Path, lines: LogLines
) -> None:
    seconds = iter(
        [0.0, 0.0, 20.0, 199.0, 199.0, 199.0]
    )  # request, start and end of the scrub, request, ...
    housekeeper = Housekeeper(database, clock=lambda: next(seconds))
    await store_answer(database, new_photo(0.9))
    await user_data.erase(database, ANNA)
    assert await housekeeper.scrub()
    await store_answer(database, new_photo(0.9))
    await user_data.erase(database, ANNA)
    assert not await housekeeper.scrub()
    assert stored_crops(file)
    async with running(housekeeper):
        await lines.wait_for("Traces of erased data removed")  # of the first
        await lines.wait_for("Traces of erased data removed")
    assert not stored_crops(file)


async def test_traces_of_a_killed_bot_are_removed_after_the_next_start(
    file: Path, lines: LogLines
) -> None:
    async with open_database(address(file)) as database:
        await store_answer(database, new_photo(0.9))
        await user_data.erase(database, ANNA)
        assert stored_crops(file)
    async with open_database(address(file)) as database, running(Housekeeper(database)):
        await lines.wait_for("Traces of erased data removed")
        assert not stored_crops(file)
