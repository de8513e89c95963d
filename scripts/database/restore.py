"""Put a backup into an empty data folder. The bot must not be running there.

Every file is checked against its hash, and the database is brought up to date, before anything is
put in place. Nothing is overwritten.
"""

import argparse
import os
import sys
from pathlib import Path

from bot.errors import BackupError, SettingsError, StorageError
from bot.operations.backup import restore
from bot.private_files import restrict_new_files
from bot.settings import load_local_settings
from model.errors import AlreadyRunningError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if nothing was restored; 2 for a wrong command line or setting.
    """
    options = _parser().parse_args(arguments)
    restrict_new_files()
    try:
        settings = load_local_settings(bot_data_dir=options.data_dir)
        database = settings.require_database_file()
        _require_file(options.archive)
        made_at = restore(options.archive, settings.bot_data_dir, database)
    except SettingsError as error:
        print(f"restore: {error}", file=sys.stderr)
        return 2
    except AlreadyRunningError:
        print(f"restore: a bot is running in {settings.bot_data_dir}; stop it", file=sys.stderr)
        return 1
    except (BackupError, StorageError, OSError) as error:
        print(f"restore: {error}", file=sys.stderr)
        return 1
    print(f"Restored the backup of {made_at} into {settings.bot_data_dir}.")
    return 0


def _require_file(archive: Path) -> None:
    if archive.is_dir():
        raise BackupError(f"{archive} is a folder; name one of the archives in it")
    if not archive.exists():
        raise BackupError(f"there is no file {archive.absolute()}; name an archive")
    if not os.access(archive, os.R_OK):
        raise BackupError(f"no permission to read {archive}; see ls -l {archive}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood restore", description=__doc__)
    parser.add_argument("archive", type=Path, metavar="FILE", help="made by photo-mood backup")
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="the bot's data folder (default: BOT_DATA_DIR)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
