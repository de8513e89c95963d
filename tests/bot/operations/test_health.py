from dataclasses import dataclass

import pytest

from bot.errors import DiskError
from bot.metrics import Metrics
from bot.operations.health import LATELY_S, Health
from bot.storage.database import Database
from tests.support.manual_clock import ManualClock


@dataclass
class Poller:
    hangs: bool = False


class FullDisk:
    async def check_writable(self) -> None:
        raise DiskError("database or disk is full")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_it_lives_while_it_starts_and_until_its_poller_hangs() -> None:
    health = Health(polls=True, metrics=Metrics())
    assert health.lives()
    health.poller = poller = Poller()
    assert health.lives()
    poller.hangs = True
    assert not health.lives()


async def test_it_is_ready_while_telegram_answers(database: Database, clock: ManualClock) -> None:
    metrics = Metrics()
    health = Health(polls=True, metrics=metrics, clock=clock)
    assert await health.check() == {"model": False, "database": False, "telegram": False}
    health.database, health.has_model = database, True
    metrics.telegram_reached_at = clock()
    assert await health.check() == {"model": True, "database": True, "telegram": True}
    clock.now += LATELY_S
    assert await health.check() == {"model": True, "database": True, "telegram": False}


async def test_without_a_disk_it_is_not_ready_and_with_a_webhook_telegram_does_not_matter() -> None:
    health = Health(polls=False, metrics=Metrics())
    health.database, health.has_model = FullDisk(), True
    assert await health.check() == {"model": True, "database": False}


async def test_the_check_of_the_database_leaves_the_note_about_traces(database: Database) -> None:
    async with database.writing() as connection:
        await database.mark_for_scrub(connection)
    await database.check_writable()
    assert await database.needs_scrub()
