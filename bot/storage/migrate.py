"""Migrates a database to the current schema with Alembic, in one transaction."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from bot.errors import StorageError

SCRIPTS = Path(__file__).parent / "migrations"

logger = logging.getLogger(__name__)


def migrate(connection: Connection, scripts: Path = SCRIPTS) -> None:
    """Run the migrations that a database lacks.

    Args:
        connection: in a transaction. On an error the caller rolls it back, which in SQLite also
            undoes changes of the schema.
        scripts: folder of the migrations.

    Raises:
        StorageError: a migration failed, or a newer version of the bot made the database.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be used.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    before = MigrationContext.configure(connection).get_current_revision()
    newest = ScriptDirectory.from_config(config).get_current_head()
    if before == newest:
        return
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageError(
            f"its schema {before} is not known here; it was made by a newer version of the bot"
        ) from error
    except Exception as error:
        raise StorageError(
            f"the migration from schema {before or 'none'} to {newest} failed and was undone: "
            f"{str(error).partition(chr(10))[0]}"
        ) from error
    logger.info("Database migrated from schema %s to %s", before or "none", newest)
