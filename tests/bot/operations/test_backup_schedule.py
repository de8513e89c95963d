import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from bot.errors import BackupError
from bot.metrics import Metrics
from bot.operations.backup_schedule import run_backups
from bot.operations.daily_time import DailyTime


async def test_a_backup_is_made_when_its_time_has_passed_and_a_failure_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    metrics = Metrics()
    archive = tmp_path / "archive.tar"
    archive.write_bytes(bytes(2_000_000))
    outcomes = iter([BackupError("the disk is full"), archive, archive])
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    daily = DailyTime(datetime.now(UTC).time(), datetime.now(UTC) - timedelta(hours=1))

    def back_up(_: datetime) -> Path:
        outcome = next(outcomes)
        if len(caplog.messages) == 2:
            loop.call_soon_threadsafe(done.set)
        daily.checked_at -= timedelta(hours=1)  # it is due again
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    running = asyncio.create_task(run_backups(daily, back_up, metrics, every_s=0.01))
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    await asyncio.wait({running})
    assert caplog.messages[:2] == [
        "No backup was made: the disk is full",
        f"Backup: {archive}, 2.0 MB",
    ]
    assert b'photo_mood_backups_total{outcome="failed"} 1.0' in generate_latest(metrics.registry)
