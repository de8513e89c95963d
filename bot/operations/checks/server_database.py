"""Checks a database on a PostgreSQL server without changing it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageBusyError, StorageError
from bot.operations.checks.database import MAX_GROUPS, finding_about_schema
from bot.operations.checks.finding import Finding, failed, warning
from bot.storage.dialects import BOT_LOCK, PostgreSQL
from bot.storage.error_translation import as_storage_errors
from bot.storage.migrate import is_known_schema, newest_schema
from bot.storage.replicas import id_of_other_bot
from bot.storage.schema import answers

_WAIT_S = 2.0
_AREA = "database"


async def check_server_database(url: URL, bot_id: int) -> Finding:
    """Check that the server answers, that the bot may write, and that it can use the schema.

    Args:
        url: of the database, with an async driver.
        bot_id: Telegram's id of the bot.
    """
    newest = newest_schema()
    other_id = None
    try:
        async with _connected(url) as connection:
            schema = await _schema(connection)
            await connection.execute(text("CREATE TABLE checked_whether_it_works (id int)"))
            lock = text("SELECT pg_try_advisory_xact_lock(:key)")
            is_free = (await connection.execute(lock, {"key": BOT_LOCK})).scalar_one()
            version = (await connection.execute(text("SHOW server_version"))).scalar_one()
            if schema == newest:
                other_id = await id_of_other_bot(connection, bot_id)
    except StorageBusyError as error:
        return warning(_AREA, f"{url} cannot be used now: {error}", "Try again in a minute.")
    except StorageError as error:
        return failed(
            _AREA,
            f"{url} cannot be used: {error}",
            "Check BOT_DATABASE_URL: the server must run, and the user must own the database "
            "(CREATE DATABASE name OWNER user).",
        )
    if other_id is not None:
        return failed(
            _AREA,
            f"{url}: the bot with the id {other_id} uses it, and this one has the id {bot_id}",
            "Give each bot a database of its own in BOT_DATABASE_URL.",
        )
    if not is_free and schema is not None and schema != newest and is_known_schema(schema):
        return failed(
            _AREA,
            f"{url}: other bots use it with the schema {schema}, and this version has {newest}",
            "Stop them first, make a backup (pg_dump --format=custom), and start the same version "
            "everywhere.",
        )
    return finding_about_schema(
        f"{url} (PostgreSQL {version})",
        schema,
        is_used=not is_free,
        backup="pg_dump --format=custom",
        restore="restore a dump that this version made into a new database with pg_restore, and "
        "set BOT_DATABASE_URL to it.",
    )


async def recent_server_groups(url: URL) -> list[int]:
    """Return the ids of the groups in which the bot answered, latest first, at most `MAX_GROUPS`.

    A database that cannot be read has none.
    """
    query = (
        select(answers.c.chat_id)
        .where(answers.c.chat_id < 0)
        .group_by(answers.c.chat_id)
        .order_by(func.max(answers.c.asked_at).desc())
        .limit(MAX_GROUPS)
    )
    try:
        async with _connected(url) as connection:
            return list((await connection.execute(query)).scalars())
    except StorageError:
        return []


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    """Open a connection with a transaction that is rolled back."""
    engine = PostgreSQL().create_engine(url, _WAIT_S)
    try:
        with as_storage_errors():
            async with engine.connect() as connection:
                yield connection
    finally:
        await engine.dispose()


async def _schema(connection: AsyncConnection) -> str | None:
    tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if "alembic_version" not in tables:
        return None
    query = text("SELECT version_num FROM alembic_version")
    return (await connection.execute(query)).scalar()
