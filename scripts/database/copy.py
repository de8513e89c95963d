"""Copy the bot's SQLite database to an empty PostgreSQL database, and compare every row.

The bot must be stopped. Nothing is changed in the SQLite file, so it can be used as before. The
versions of the model in the folder `models` beside it are stored in the new database, too.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from bot.errors import CopyError, SettingsError, StorageError
from bot.operations.database_copy import copy_database, copy_versions
from bot.private_files import restrict_new_files
from bot.settings import load_local_settings
from model.errors import ModelError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0; 1 if nothing was copied; 2 for a wrong command line or setting.
    """
    options = _parser().parse_args(arguments)
    restrict_new_files()
    try:
        settings = load_local_settings(bot_database_url=options.target)
        if not settings.has_database_server:
            raise SettingsError(
                "name a PostgreSQL database in TO or BOT_DATABASE_URL, like "
                "postgresql+asyncpg://user:password@host/database"
            )
        if not options.source.is_file():
            raise CopyError(f"there is no file {options.source}; name the bot's SQLite database")
        tables = asyncio.run(copy_database(options.source, settings.database_url))
        for table in tables:
            print(f"{table.name:<20}  {table.rows:>9} rows  {table.digest[:16]}")
        print(f"All rows of {options.source} are in {settings.database_url}.")
        models = options.source.parent / "models"
        versions = asyncio.run(copy_versions(models, settings.database_url))
    except SettingsError as error:
        print(f"copy: {error}", file=sys.stderr)
        return 2
    except (CopyError, StorageError, ModelError, OSError) as error:
        print(f"copy: {error}", file=sys.stderr)
        return 1
    print(f"So are the versions of the model in {models}: {', '.join(versions) or 'none'}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="photo-mood copy", description=__doc__)
    parser.add_argument("source", type=Path, metavar="FROM", help="the SQLite file")
    parser.add_argument(
        "target",
        metavar="TO",
        nargs="?",
        help="URL of the PostgreSQL database (default: BOT_DATABASE_URL, which other users of this "
        "machine cannot see, unlike a command line)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
