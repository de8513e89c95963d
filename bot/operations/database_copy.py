"""Copies a bot's SQLite database to a PostgreSQL server, and compares every row."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import CopyError
from bot.storage import model_versions
from bot.storage.database import Database, open_database
from bot.storage.database_lock import lock_database
from bot.storage.dialects import CONNECT_S, dialect_of
from bot.storage.error_translation import as_storage_errors
from bot.storage.migrate import newest_schema
from bot.storage.schema import metadata
from bot.storage.server_lock import lock_server_database
from bot.storage.shared_registry import SharedRegistry
from model.registry.registry import Registry

BATCH_SIZE = 500  # rows; a face has a crop of some kilobytes


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is the same in both databases.

    Attributes:
        name: of the table.
        rows: their number.
        digest: SHA-256 of all values in the order of the primary key, in hexadecimal.
    """

    name: str
    rows: int
    digest: str


async def copy_database(source: Path, target: URL) -> list[CopiedTable]:
    """Copy all rows in one transaction, which is only committed if both databases have the same.

    No bot may use either of them meanwhile. The source is not changed.

    Args:
        source: SQLite file of the bot's database, with the newest schema.
        target: PostgreSQL database without a bot's data.

    Returns:
        All tables.

    Raises:
        CopyError: the source is no such file, or the target is not empty; nothing was copied.
        StorageError: a bot uses a database, or one cannot be used; nothing was copied.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(lock_database(source, wait_s=0))
        await stack.enter_async_context(lock_server_database(target, wait_s=0))
        await _require_nothing(target)
        await _require_newest_schema(source)
        old = await stack.enter_async_context(open_database(_url(source)))
        new = await stack.enter_async_context(open_database(_text(target)))
        return await _copy(old, new)


async def copy_versions(models: Path, target: URL) -> tuple[str, ...]:
    """Store the versions of the model in a database that was copied; the bot's start does the same.

    Args:
        models: the folder with the versions; it is not changed, and need not exist.
        target: the PostgreSQL database.

    Returns:
        The names of all versions that are there.

    Raises:
        ModelError, OSError: a version cannot be read.
        StorageError: the database cannot be used.
    """
    async with open_database(_text(target)) as database:
        await SharedRegistry(database, Registry(models)).store_own()
        return (await model_versions.load(database)).names


async def _copy(old: Database, new: Database) -> list[CopiedTable]:
    copied = []
    async with old.reading() as source, new.writing() as target:
        for table in metadata.sorted_tables:  # a table comes after those that it refers to
            sent, arrived = _Description(table), _Description(table)
            async for rows in _batches(source, table):
                await target.execute(table.insert(), [dict(row._mapping) for row in rows])
                sent.add(rows)
            async for rows in _batches(target, table):
                arrived.add(rows)
            if arrived.finish() != sent.finish():
                raise CopyError(f"the table {table.name} arrived differently; nothing was copied")
            copied.append(arrived.finish())
        await _continue_ids(source, target)
    return copied


class _Description:
    """Describes a table, of which it is given all rows."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._rows = 0
        self._digest = sha256()

    def add(self, rows: list[Row[Any]]) -> None:
        self._rows += len(rows)
        for row in rows:
            self._digest.update(repr(tuple(row)).encode())

    def finish(self) -> CopiedTable:
        return CopiedTable(self._name, self._rows, self._digest.hexdigest())


async def _batches(connection: AsyncConnection, table: Table) -> AsyncIterator[list[Row[Any]]]:
    query = select(table).order_by(*table.primary_key.columns)
    async with connection.stream(query) as result:
        async for rows in result.partitions(BATCH_SIZE):
            yield list(rows)


async def _continue_ids(source: AsyncConnection, target: AsyncConnection) -> None:
    """Let ids go on after the last ones, also after those of rows that are erased already."""
    found = await source.execute(text("SELECT name, seq FROM sqlite_sequence"))
    used: dict[str, int] = dict(found.all())
    for table in metadata.sorted_tables:
        query = text("SELECT pg_get_serial_sequence(:name, :column)")
        (column, *_) = table.primary_key.columns
        values = {"name": table.name, "column": column.name}
        sequence = (await target.execute(query, values)).scalar()
        if sequence is None:
            continue
        last = f"SELECT coalesce(max({column.name}), 0) FROM {table.name}"  # noqa: S608
        last_id = max((await target.execute(text(last))).scalar_one(), used.get(table.name, 0))
        following = text("SELECT setval(:sequence, :following, false)")
        await target.execute(following, {"sequence": sequence, "following": last_id + 1})


async def _require_nothing(target: URL) -> None:
    async with _connected(target) as connection:
        there = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        for table in metadata.sorted_tables:
            query = select(text("1")).select_from(table).limit(1)
            if table.name in there and (await connection.execute(query)).first():
                raise CopyError(
                    f"the table {table.name} in {target} has rows already. Name a new database: "
                    "createdb makes one"
                )


async def _require_newest_schema(source: Path) -> None:
    """Check the schema without changing the file."""
    async with _connected(make_url(_url(source))) as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if "alembic_version" not in tables:
            raise CopyError(f"{source} is no database of the bot")
        query = text("SELECT version_num FROM alembic_version")
        schema = (await connection.execute(query)).scalar()
    if schema != newest_schema():
        raise CopyError(
            f"{source} has schema {schema}, and this version of the bot has {newest_schema()}. "
            "Start this version once with the old database, and stop it"
        )


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    engine = dialect_of(url).create_engine(url, CONNECT_S)
    try:
        with as_storage_errors():
            async with engine.connect() as connection:
                yield connection
    finally:
        await engine.dispose()


def _url(file: Path) -> str:
    return _text(URL.create("sqlite+aiosqlite", database=str(file)))


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
