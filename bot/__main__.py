"""`python -m bot`: runs the bot until SIGTERM, Ctrl-C or a closed terminal.

Exit status: 0 after a requested stop, 1 after a failure that the log explains, 2 if a setting is
missing or wrong, or the disk is full.
"""

import asyncio
import logging
import sys
from pathlib import Path

from bot.errors import (
    DiskError,
    ListenError,
    RejectedTokenError,
    SettingsError,
    StorageError,
    StuckWorkersError,
)
from bot.logs import configure_logging
from bot.private_files import restrict_existing_files, restrict_new_files
from bot.settings import Settings, load_settings
from bot.shutdown import exit_now
from model.errors import ModelError

logger = logging.getLogger(__name__)


def main() -> int:
    """Run the bot and return the exit status."""
    restrict_new_files()
    try:
        settings = load_settings()
    except SettingsError as error:
        return _refuse(error)
    configure_logging(settings.secrets())
    if settings.unused:
        logger.warning(
            "Without BOT_WEBHOOK_URL, the bot polls and ignores %s", " and ".join(settings.unused)
        )
    restrict_existing_files(settings.bot_data_dir, settings.database_file)
    # Importing LiteRT and the rest takes a second; wrong settings are reported before that.
    from bot.app import run

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
    except StorageError as error:
        logger.error("The database cannot be used: %s", error)
        return 1
    except ModelError as error:
        logger.error("The model cannot be used: %s", error)
        return 1
    except Exception:
        # Python itself would print the traceback unredacted, possibly with the token in it.
        logger.critical("The bot failed", exc_info=True)
        return 1
    return 0


def _disk_problem(error: DiskError, settings: Settings) -> str:
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
