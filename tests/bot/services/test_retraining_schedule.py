"""Retraining by number of corrections or by the clock."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest

from bot.errors import NobodyRetrainsError, StorageError
from bot.operations.daily_time import DailyTime
from bot.services.retraining_schedule import RetrainingSchedule, run_schedule
from bot.storage.advisory_lock import AdvisoryLock

FREE = AdvisoryLock(None, 0)  # as in SQLite
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def test_by_default_nothing_is_ever_due() -> None:
    schedule = RetrainingSchedule(None, None)
    assert not schedule.is_on
    assert not schedule.is_due(1000, MORNING + timedelta(days=3))


def test_enough_new_corrections_are_due_once() -> None:
    schedule = RetrainingSchedule(20, None)
    assert schedule.is_on
    assert not schedule.is_due(19, MORNING)
    assert schedule.is_due(20, MORNING)
    assert not schedule.is_due(20, MORNING)


def test_after_a_retraining_that_used_them_the_count_starts_again() -> None:
    schedule = RetrainingSchedule(20, None)
    assert schedule.is_due(25, MORNING)
    assert not schedule.is_due(0, MORNING)
    assert not schedule.is_due(19, MORNING)
    assert schedule.is_due(20, MORNING)


def test_after_a_failed_retraining_as_many_new_corrections_are_needed() -> None:
    schedule = RetrainingSchedule(20, None)
    assert schedule.is_due(20, MORNING)
    assert not schedule.is_due(39, MORNING)
    assert schedule.is_due(40, MORNING)


def test_the_time_of_day_is_due_once_a_day() -> None:
    schedule = RetrainingSchedule(None, DailyTime(time(9, 30), MORNING))
    due = [schedule.is_due(1, MORNING + minutes(step)) for step in range(0, 3 * 24 * 60)]
    assert [step for step, one in enumerate(due) if one] == [30, 30 + 1440, 30 + 2880]


def test_a_time_before_midnight_is_due_after_midnight() -> None:
    before = datetime(2026, 11, 25, 23, 58, 30, tzinfo=UTC)
    schedule = RetrainingSchedule(None, DailyTime(time(23, 59), before))
    assert schedule.is_due(1, datetime(2026, 11, 26, 0, 0, 30, tzinfo=UTC))


def test_a_time_before_the_start_is_not_due() -> None:
    schedule = RetrainingSchedule(None, DailyTime(time(8, 59), MORNING))
    assert not schedule.is_due(1, MORNING + minutes(1))


def test_the_time_of_day_is_not_due_with_nothing_new() -> None:
    schedule = RetrainingSchedule(None, DailyTime(time(9, 30), MORNING))
    assert not schedule.is_due(0, MORNING + minutes(30))
    assert not schedule.is_due(5, MORNING + minutes(31))


class FakeRetrainingService:
    """Fails as often as there are failures, then starts a retraining."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.started = asyncio.Event()

    async def offer(self) -> SimpleNamespace:
        if self._failures:
            raise self._failures.pop(0)
        return SimpleNamespace(new_samples=SimpleNamespace(new=1))

    async def start(self, _: int | None) -> bool:
        self.started.set()
        return True


async def unexpected(error: NobodyRetrainsError) -> None:
    raise AssertionError(error)


async def test_errors_are_logged_and_the_schedule_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    retraining = FakeRetrainingService(StorageError("locked"), ValueError("a bug"))
    work = asyncio.create_task(
        run_schedule(RetrainingSchedule(1, None), retraining, FREE, unexpected, every_s=0.01)
    )
    async with asyncio.timeout(10):
        await retraining.started.wait()
    work.cancel()
    await asyncio.wait({work})
    assert caplog.text.count("checked again later") == 2
    assert "ValueError: a bug" in caplog.text


async def test_that_nobody_can_retrain_is_told() -> None:
    class NobodyThere(FakeRetrainingService):
        async def start(self, _: int | None) -> bool:
            raise NobodyRetrainsError("the command")

    told: asyncio.Queue[NobodyRetrainsError] = asyncio.Queue()
    work = asyncio.create_task(
        run_schedule(RetrainingSchedule(1, None), NobodyThere(), FREE, told.put)
    )
    async with asyncio.timeout(10):
        assert (await told.get()).command == "the command"
    work.cancel()
    await asyncio.wait({work})
