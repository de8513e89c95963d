"""Makes a backup once a day while the bot runs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

from bot.errors import BackupError
from bot.metrics import Metrics
from bot.operations.backup import back_up_into
from bot.operations.daily_time import DailyTime
from bot.private_files import BACKUPS
from bot.settings import Settings
from bot.shutdown import in_background
from model.errors import AlreadyRunningError
from model.registry.registry import Registry

CHECK_EVERY_S = 60.0

logger = logging.getLogger(__name__)


@asynccontextmanager
async def scheduled_backups(
    settings: Settings, registry: Registry, metrics: Metrics
) -> AsyncIterator[None]:
    """Make a backup every day while the block runs, if the settings say so."""
    at, database = settings.bot_backup_at, settings.database_file
    if at is None or database is None:
        yield
        return
    folder = settings.bot_backup_dir or settings.bot_data_dir / BACKUPS
    back_up = partial(back_up_into, folder, settings.bot_backup_keep, database, registry)
    async with in_background(run_backups(DailyTime(at, datetime.now(UTC)), back_up, metrics)):
        yield


async def run_backups(
    daily: DailyTime,
    back_up: Callable[[datetime], Path],
    metrics: Metrics,
    every_s: float = CHECK_EVERY_S,
) -> NoReturn:
    """Make a backup whenever one is due, until cancelled.

    Args:
        daily: when one is due.
        back_up: makes it, given the current time in UTC; returns the archive.
        metrics: counts them.
        every_s: seconds between two checks.
    """
    while True:
        await asyncio.sleep(every_s)
        now = datetime.now(UTC)
        if daily.has_passed(now):
            made = await asyncio.to_thread(_try_to_back_up, back_up, now)
            metrics.backups.labels("made" if made else "failed").inc()


def _try_to_back_up(back_up: Callable[[datetime], Path], now: datetime) -> bool:
    """Make a backup, or log why there is none; return whether it was made."""
    try:
        archive = back_up(now)
        logger.info("Backup: %s, %.1f MB", archive, archive.stat().st_size / 1e6)
        return True
    except (BackupError, AlreadyRunningError, OSError) as error:
        logger.error("No backup was made: %s", error)
    except Exception:
        logger.exception("No backup was made")
    return False
