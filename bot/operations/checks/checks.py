"""Everything that `photo-mood check` looks at."""

from collections.abc import AsyncIterator

from bot.operations.checks.database import check_database, check_disk, recent_groups
from bot.operations.checks.finding import Finding
from bot.operations.checks.machine import check_clock, check_memory
from bot.operations.checks.model import check_model
from bot.operations.checks.server_database import check_server_database, recent_server_groups
from bot.operations.checks.settings import check_settings
from bot.operations.checks.telegram import ServerClock, check_telegram, connected
from bot.settings import Settings
from model.registry.registry import Registry


async def run_checks(settings: Settings) -> AsyncIterator[Finding]:
    """Check a bot, which may be running. Nothing is changed, and no user notices.

    Args:
        settings: its settings, which are valid.
    """
    for finding in check_settings(settings):
        yield finding
    clock = ServerClock()
    async with connected(settings, clock) as bot:
        groups = await _recent_groups(settings)
        async for finding in check_telegram(bot, settings, groups):
            yield finding
    for finding in check_clock(clock.ahead_s):
        yield finding
    if settings.has_database_server:
        yield await check_server_database(settings.database_url, settings.bot_id)
        yield check_disk(settings.bot_data_dir)
    else:
        for finding in check_database(settings.database_file):
            yield finding
    for finding in check_model(Registry(settings.bot_data_dir / "models")):
        yield finding
    for finding in check_memory():
        yield finding


async def _recent_groups(settings: Settings) -> list[int]:
    if settings.has_database_server:
        return await recent_server_groups(settings.database_url)
    return recent_groups(settings.database_file)
