"""What several bots on one PostgreSQL server share: languages, menus, and the schedule."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest

from bot.services import command_menus
from bot.services.command_menus import CommandMenus
from bot.services.languages import Languages
from bot.services.retraining_schedule import RetrainingSchedule, run_schedule
from bot.storage.advisory_lock import AdvisoryLock
from bot.storage.database import Database, open_database
from bot.storage.dialects import SCHEDULE_LOCK
from bot.storage.user_data import erase
from tests.support import postgres_server
from tests.support.fake_telegram import FakeTelegram, fake_bot

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

ANNA, GROUP = 1001, -55


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another bot has opened it."""
    async with open_database(database_url) as database:
        yield database


async def test_a_language_that_is_chosen_at_one_bot_holds_at_the_other(
    database: Database, other: Database
) -> None:
    here, there = Languages(database), Languages(other)
    assert await there.chosen(ANNA, GROUP) is None
    await here.choose_for_user(ANNA, "de")
    assert await there.chosen(ANNA, GROUP) == "de"
    await here.choose_for_group(GROUP, "es")
    assert await there.chosen(ANNA, GROUP) == "es"
    await there.move_group(GROUP, GROUP - 1)
    assert await here.chosen(ANNA, GROUP) == "de"
    assert await here.chosen(ANNA, GROUP - 1) == "es"


async def test_forget_at_one_bot_takes_the_language_at_the_other(
    database: Database, other: Database
) -> None:
    here, there = Languages(database), Languages(other)
    await here.choose_for_user(ANNA, "de")
    assert await there.chosen(ANNA, None) == "de"
    await erase(database, ANNA)
    assert await there.chosen(ANNA, None) is None


async def test_the_menus_are_set_once(
    database: Database, other: Database, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_menus, "LOCK_PAUSE_S", 0.01)
    async with fake_bot(telegram) as one, fake_bot(telegram) as two:
        bots = (CommandMenus(one, database, ()), CommandMenus(two, other, ()))
        running = [asyncio.create_task(menus.run()) for menus in bots]
        # Whoever comes second asks Telegram whether it still has what is recorded.
        await telegram.wait_for_calls("getMyCommands", 1)
        for task in running:
            task.cancel()
        await asyncio.wait(running)
    menus = [
        (call["scope"], call.get("language_code")) for call in telegram.called("setMyCommands")
    ]
    assert len(menus) == len({*map(str, menus)})


async def test_one_bot_follows_the_schedule(database: Database, other: Database) -> None:
    started: asyncio.Queue[str] = asyncio.Queue()

    def retraining(name: str) -> SimpleNamespace:
        async def offer() -> SimpleNamespace:
            return SimpleNamespace(new_samples=SimpleNamespace(new=1))

        async def start(_: int | None) -> None:
            await started.put(name)

        return SimpleNamespace(offer=offer, start=start)

    def following(name: str, lock: AdvisoryLock) -> "asyncio.Task[None]":
        work = run_schedule(
            RetrainingSchedule(1, None), retraining(name), lock, pytest.fail, every_s=0.01
        )
        return asyncio.create_task(work)

    lock = database.lock(SCHEDULE_LOCK)
    first = following("first", lock)
    assert await started.get() == "first"
    assert not await other.lock(SCHEDULE_LOCK).try_acquire()
    lock_there = other.lock(SCHEDULE_LOCK)
    second = following("second", lock_there)
    first.cancel()
    await asyncio.wait({first})
    assert started.empty()
    await lock.release()  # as the server does for a bot that has died
    assert await asyncio.wait_for(started.get(), 10) == "second"
    second.cancel()
    await asyncio.wait({second})
    await lock_there.release()
