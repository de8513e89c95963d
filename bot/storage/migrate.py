"""Brings a database to the current schema, in one transaction.

Alembic does so with one that has an older schema. Otherwise it is not imported, which would be a
tenth of the bot's start.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    event,
    inspect,
    select,
)
from sqlalchemy.engine import ExceptionContext

from bot.errors import NewerSchemaError
from bot.storage.error_translation import error_class
from bot.storage.schema import metadata

SCRIPTS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"m(\d+)_.*\.py")  # of the file of a migration, which leads to this schema
# As Alembic makes it.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def migrate(connection: Connection, scripts: Path = SCRIPTS) -> tuple[str | None, str | None]:
    """Run the migrations that a database lacks, or make all tables in an empty one.

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
    before, newest = schemas(connection, scripts)
    if before == newest:
        return before, newest
    if before is not None and not is_known_schema(before, scripts):
        raise NewerSchemaError(newer_schema(before))
    if not inspect(connection).get_table_names():
        metadata.create_all(connection)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert(), {"version_num": newest})
        return before, newest
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        with _noting_errors(connection) as errors:
            command.upgrade(config, "head")
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
    schema = None
    if inspect(connection).has_table(_VERSION.name):
        schema = connection.execute(select(_VERSION.c.version_num)).scalar()
    return schema, newest_schema(scripts)


def newer_schema(schema: str | None) -> str:
    """Return what the operator is told of a schema that only newer versions of the bot know."""
    return f"its schema {schema} is not known here; it was made by a newer version of the bot"


def newest_schema(scripts: Path = SCRIPTS) -> str | None:
    """Return the schema that the migrations lead to; None if there are none."""
    return max(_known_schemas(scripts), default=None)


def is_known_schema(schema: str, scripts: Path = SCRIPTS) -> bool:
    """Return whether the migrations of this version of the bot know a schema."""
    return schema in _known_schemas(scripts)


def _known_schemas(scripts: Path) -> set[str]:
    names = (_NAME.fullmatch(file.name) for file in (scripts / "versions").iterdir())
    return {name[1] for name in names if name}
