"""Back up the database and all versions of the model into one archive, while the bot runs.

The archive holds crops of faces, so only its owner may read it. To restore it: photo-mood restore.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import BackupError, SettingsError
from bot.operations.backup import back_up, back_up_into
from bot.private_files import usable_folder
from bot.settings import load_local_settings
from model.errors import AlreadyRunningError
from model.registry.registry import Registry


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if there is no backup; 2 for a wrong command line or setting.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    target = Path(options.target)
    is_folder = target.is_dir() or options.target.endswith(os.sep)
    if options.keep is not None and not is_folder:
        parser.error(f"--keep needs a folder for the archives, and {target} is none")
    try:
        settings = load_local_settings(bot_data_dir=options.data_dir)
        database = settings.require_database_file()
        registry, now = Registry(settings.bot_data_dir / "models"), datetime.now(UTC)
        usable_folder(target if is_folder else target.parent)
        if is_folder:
            target = back_up_into(target, options.keep, database, registry, now)
        else:
            back_up(database, registry, target, now)
    except SettingsError as error:
        print(f"backup: {error}", file=sys.stderr)
        return 2
    except (BackupError, AlreadyRunningError, ValueError, OSError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood backup", description=__doc__)
    parser.add_argument(
        "target", metavar="FILE", help="the archive, or a folder for archives (a new one ends in /)"
    )
    parser.add_argument(
        "--keep",
        type=_at_least_one,
        metavar="N",
        help="remove all archives in the folder but the newest N",
    )
    parser.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="the bot's data folder (default: BOT_DATA_DIR)"
    )
    return parser


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
