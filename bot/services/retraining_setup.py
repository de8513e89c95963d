"""Builds what retraining takes, and keeps it running."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time

from telegram import Bot

from bot.metrics import Metrics
from bot.operations.daily_time import DailyTime
from bot.retraining.process import RetrainProcess, command_for, environment_for
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner, watch_command
from bot.services.retraining_notifier import RetrainingNotifier
from bot.services.retraining_schedule import RetrainingSchedule, run_schedule
from bot.services.retraining_service import RetrainingService
from bot.settings import Settings
from bot.shutdown import in_background
from bot.storage import languages
from bot.storage.database import Database
from bot.storage.dialects import SCHEDULE_LOCK
from bot.storage.retry import retry_while_locked
from model.registry.registry import Registry
from model.training.dependencies import is_training_installed


@asynccontextmanager
async def running_retraining(
    settings: Settings, bot: Bot, database: Database, registry: Registry, metrics: Metrics
) -> AsyncIterator[tuple[RetrainingService, RetrainingNotifier]]:
    """Retrain on request and on a schedule, and notify admins, while the block runs.

    Args:
        settings: the bot's settings.
        bot: sends the messages.
        database: holds the corrections and the audit.
        registry: gets the new versions.
        metrics: counts how retrainings end.

    Raises:
        StorageError: the database cannot be used.
    """
    process = RetrainProcess(command_for(settings), environment_for(settings), metrics)
    remote = RemoteRetraining(database, registry, settings.trusted_ids, metrics)
    runner = RetrainingRunner(process, remote, is_training_installed, watch_command(settings))
    service = RetrainingService(runner, database, registry, settings.trusted_ids)
    notifier = RetrainingNotifier(bot, database, registry, runner, settings.bot_admins)
    await retry_while_locked(remote.update)
    await retry_while_locked(notifier.attach_stored)
    for admin, language in (await languages.load_of_users(database, settings.bot_admins)).items():
        notifier.note_language(admin, language)
    schedule = RetrainingSchedule(settings.bot_retrain_after, _daily(settings.bot_retrain_at))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(process.close)
        await stack.enter_async_context(in_background(remote.run()))
        await stack.enter_async_context(in_background(notifier.run()))
        if schedule.is_on:
            lock = database.lock(SCHEDULE_LOCK)
            stack.push_async_callback(lock.release)
            work = run_schedule(schedule, service, lock, notifier.tell_nobody_retrains)
            await stack.enter_async_context(in_background(work))
        yield service, notifier


def _daily(at: time | None) -> DailyTime | None:
    return None if at is None else DailyTime(at, datetime.now(UTC))
