"""Makes a backup once a day while the bot runs."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from bot.errors import BackupError
from bot.operations.daily_time import DailyTime
from model.errors import AlreadyRunningError

CHECK_EVERY_S = 60.0

logger = logging.getLogger(__name__)


async def run_backups(
    daily: DailyTime, back_up: Callable[[datetime], Path], every_s: float = CHECK_EVERY_S
) -> NoReturn:
    """Make a backup whenever one is due, until cancelled.

    Args:
        daily: when one is due.
        back_up: makes it, given the current time in UTC; returns the archive.
        every_s: seconds between two checks.
    """
    while True:
        await asyncio.sleep(every_s)
        now = datetime.now(UTC)
        if daily.has_passed(now):
            await asyncio.to_thread(_try_to_back_up, back_up, now)


def _try_to_back_up(back_up: Callable[[datetime], Path], now: datetime) -> None:
    try:
        archive = back_up(now)
        logger.info("Backup: %s, %.1f MB", archive, archive.stat().st_size / 1e6)
    except (BackupError, AlreadyRunningError, OSError) as error:
        logger.error("No backup was made: %s", error)
    except Exception:
        logger.exception("No backup was made")
