"""Run the bot until SIGTERM, Ctrl-C or a closed terminal.

The settings come from the environment and the file .env. Exit status: 0 after a requested stop, 1
after a failure that the log explains, 2 if a setting is missing or wrong, or the disk is full.
"""

import argparse
import asyncio
import atexit
import gc
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import (
    DiskError,
    ListenError,
    NewerSchemaError,
    RejectedTokenError,
    SettingsError,
    StorageError,
    StuckWorkersError,
)
from bot.log_user_names import user_names
from bot.logs import configure_logging
from bot.misspelt_settings import misspelt_settings
from bot.private_files import LOG_KEY, restrict_existing_files, restrict_new_files
from bot.settings import ENV_FILE, Settings, load_settings
from bot.settings_problems import comments_after_values, list_problems
from bot.shutdown import exit_now
from model.errors import ModelError

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bot and return the exit status."""
    options = _parser().parse_args(arguments)
    restrict_new_files()
    env_file = options.env_file or ENV_FILE
    suspicious = [
        *misspelt_settings(Settings.model_fields, env_file),
        *comments_after_values(env_file),
    ]
    try:
        settings = _load(options)
    except SettingsError as error:
        return _refuse("\n".join([str(error), *suspicious]))
    level = options.log_level or settings.bot_log_level.number
    names = user_names(settings.bot_data_dir / LOG_KEY, show_ids=settings.bot_log_user_ids)
    configure_logging(settings.secrets(), level, settings.bot_log_format, names)
    _warn_of(suspicious, settings.unused)
    restrict_existing_files(settings.bot_data_dir, settings.database_file)
    # At its end, Python would search all objects for garbage. That takes a third of a second, and
    # the memory is given back anyway (https://docs.python.org/3/library/gc.html#gc.freeze).
    atexit.register(gc.freeze)
    # Importing LiteRT and the rest takes a second; wrong settings are reported before that. Modules
    # are no garbage: to search them for it again and again would take an eighth of that second.
    gc.disable()
    from bot.app import run

    gc.freeze()
    gc.enable()
    try:
        asyncio.run(run(settings))
    except RejectedTokenError as error:
        return _refuse(error)
    except StuckWorkersError as error:
        exit_now(str(error), 1)  # Python itself would wait for the threads
    except ListenError as error:
        logger.error("%s", error)
        return 1
    except DiskError as error:
        return _refuse(_disk_problem(error, settings))
    except NewerSchemaError as error:
        return _refuse(
            f"The database cannot be used: {error}.\n"
            "Install that version again, or restore a backup from before it."
        )
    except StorageError as error:
        logger.error(
            "The database cannot be used: %s. What to do about it: photo-mood check", error
        )
        return 1
    except ModelError as error:
        logger.error("The model cannot be used: %s", error)
        return 1
    except Exception:
        # Python itself would print the traceback unredacted, possibly with the token in it.
        logger.critical("The bot failed", exc_info=True)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    # The token has no option: everybody on the machine sees the command lines of all processes.
    parser = argparse.ArgumentParser(prog="photo-mood run", description=__doc__)
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="folder of everything the bot writes"
    )
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="read settings from here instead of .env"
    )
    level = parser.add_mutually_exclusive_group()
    level.set_defaults(log_level=None)
    level.add_argument(
        "-v", "--verbose", action="store_const", const=logging.DEBUG, dest="log_level",
        help="log each step",
    )  # fmt: skip
    level.add_argument(
        "-q", "--quiet", action="store_const", const=logging.WARNING, dest="log_level",
        help="log only what needs attention",
    )  # fmt: skip
    return parser


def _load(options: argparse.Namespace) -> Settings:
    if options.env_file and not options.env_file.is_file():
        raise SettingsError(f"--env-file: there is no file {options.env_file}")
    settings = load_settings(options.env_file or ENV_FILE, bot_data_dir=options.data_dir)
    folder = settings.bot_data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"BOT_DATA_DIR: {folder} cannot be made: {error.strerror}"
        raise SettingsError(list_problems([problem])) from error
    return settings


def _warn_of(suspicious: Sequence[str], unused: Sequence[str]) -> None:
    for sentence in suspicious:
        logger.warning("%s", sentence)
    if unused:
        logger.warning(
            "Without BOT_WEBHOOK_URL, the bot polls and ignores %s", " and ".join(unused)
        )


def _disk_problem(error: DiskError, settings: Settings) -> str:
    if settings.has_database_server:
        return f"The database {settings.database_url} cannot be written: {error}."
    file = settings.database_file or Path()
    is_default = file.parent == settings.bot_data_dir.absolute()
    setting = "BOT_DATA_DIR" if is_default else "BOT_DATABASE_URL"
    return (
        f"The database {file} cannot be written: {error}.\n"
        f"Most likely its disk is full. Free some space in {file.parent} ({setting}), and start "
        "the bot again. If there is enough, the disk may be damaged."
    )


def _refuse(error: Exception | str) -> int:
    print(f"photo-mood-bot cannot run.\n{error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
