"""Migrates a database to the current schema with Alembic, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext

from bot.errors import NewerSchemaError
from bot.storage.error_translation import error_class

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(connection: Connection, scripts: Path = SCRIPTS) -> tuple[str | None, str | None]:
    """Run the migrations that a database lacks.

    Args:
        connection: in a transaction. On an error the caller rolls it back, which in SQLite also
            undoes changes of the schema.
        scripts: folder of the migrations.

    Returns:
        The schema before and the newest one; None if there is none.

    Raises:
        NewerSchemaError: a newer version of the bot made the database.
        StorageError: a migration failed.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be used.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    before, newest = schemas(connection, scripts)
    if before == newest:
        return before, newest
    try:
        with _noting_errors(connection) as errors:
            command.upgrade(config, "head")
    except CommandError as error:
        raise NewerSchemaError(newer_schema(before)) from error
    except Exception as error:
        cause = next(iter(errors), error)
        raise error_class(cause)(
            f"the migration from schema {before or 'none'} to {newest} failed and was undone: "
            f"{str(cause).partition(chr(10))[0]}"
        ) from error
    return before, newest


@contextmanager
def _noting_errors(connection: Connection) -> Iterator[list[Exception]]:
    """Collect the errors of the database, the first of which tells why a migration failed.

    After it, Alembic removes the copy of the table that it was changing. That fails, too, if SQLite
    has rolled the transaction back by itself, because the disk is full for example.
    """
    errors: list[Exception] = []

    def note(context: ExceptionContext) -> None:
        if context.sqlalchemy_exception is not None:
            errors.append(context.sqlalchemy_exception)

    event.listen(connection.engine, "handle_error", note)
    try:
        yield errors
    finally:
        event.remove(connection.engine, "handle_error", note)


def schemas(connection: Connection, scripts: Path = SCRIPTS) -> tuple[str | None, str | None]:
    """Return the schema of a database and the newest one; None if there is none."""
    return MigrationContext.configure(connection).get_current_revision(), newest_schema(scripts)


def newer_schema(schema: str | None) -> str:
    """Return what the operator is told of a schema that only newer versions of the bot know."""
    return f"its schema {schema} is not known here; it was made by a newer version of the bot"


def newest_schema(scripts: Path = SCRIPTS) -> str | None:
    """Return the schema that the migrations lead to."""
    return ScriptDirectory(str(scripts)).get_current_head()


def is_known_schema(schema: str, scripts: Path = SCRIPTS) -> bool:
    """Return whether the migrations of this version of the bot know a schema."""
    known = ScriptDirectory(str(scripts)).walk_revisions()
    return schema in {revision.revision for revision in known}
