"""`photo-mood retrain --watch`: retrain whenever a bot with the same database asks for it."""

import asyncio
import logging
import sys

from bot.errors import StorageError
from bot.logs import configure_logging
from bot.private_files import restrict_new_files
from bot.retraining.process import RetrainProcess, command_for, environment_for
from bot.retraining.watcher import Watcher
from bot.settings import LocalSettings
from bot.shutdown import catch_stop_signals, run_until
from bot.storage.database import open_database
from bot.storage.retraining_requests import RetrainingRequest
from model.errors import TrainingNotInstalledError
from model.training.dependencies import require_training

logger = logging.getLogger(__name__)


def watch(settings: LocalSettings) -> int:
    """Carry out requests until asked to stop.

    Returns:
        The exit status: 0 if it was asked to stop, 1 if the database cannot be used, or training is
        not possible here.
    """
    try:
        require_training()
    except TrainingNotInstalledError as error:
        print(f"retrain: {error}", file=sys.stderr)
        return 1
    restrict_new_files()
    secrets = [password] if (password := settings.database_url.password) else []
    configure_logging(secrets, settings.bot_log_level.number, settings.bot_log_format)
    try:
        asyncio.run(_watch(settings))
    except StorageError as error:
        logger.error("The database cannot be used: %s", error)
        return 1
    return 0


async def _watch(settings: LocalSettings) -> None:
    stop = catch_stop_signals()

    def make_process(request: RetrainingRequest) -> RetrainProcess:
        # The bot decides whose corrections count: it has told the admin how many do.
        trusted = ",".join(map(str, sorted(request.trusted)))
        environment = environment_for(settings) | {"BOT_ADMINS": trusted, "BOT_TRUSTED": trusted}
        return RetrainProcess(command_for(settings), environment)

    address = settings.bot_database_url.get_secret_value()
    place = str(settings.database_file or settings.database_url)
    # On a server there may be bots of another version; one of them migrates it, once it is alone.
    async with open_database(address, not settings.has_database_server) as database:
        await run_until(stop, Watcher(database, make_process, place).run())
    logger.info("Stopped")
