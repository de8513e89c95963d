"""The versions of the model in the database, where all bots on a PostgreSQL server find them.

Nothing here waits for other writers (see `bot.storage.dialects`), nor do they: to store a version
takes longer than a tap may wait. The row that names the active version is locked instead, until a
change of it is committed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.database import Database
from bot.storage.dialects import insert
from bot.storage.schema import model_choice, model_files, model_versions
from model.registry.active_version import ActiveVersion

_ONLY_ID = 1


@dataclass(frozen=True, slots=True)
class StoredVersions:
    """What is in the database.

    Attributes:
        revision: grows with every change; 0 if there was none.
        choice: the active version and those before.
        is_chosen: whether anybody has chosen it.
        names: of the versions, newest first.
        removed: names of those that were there before.
    """

    revision: int
    choice: ActiveVersion
    is_chosen: bool
    names: tuple[str, ...]
    removed: frozenset[str]


async def load_revision(database: Database) -> int:
    """Return a number that grows with every change; 0 if there was none.

    Raises:
        StorageError: the database cannot be read.
    """
    async with database.reading() as connection:
        return (await connection.execute(select(model_choice.c.revision))).scalar() or 0


async def load(database: Database) -> StoredVersions:
    """Return what is in the database, without the files.

    Raises:
        StorageError: the database cannot be read.
    """
    newest_first = select(model_versions).order_by(
        model_versions.c.added_at.desc(), model_versions.c.name.desc()
    )
    async with database.reading() as connection:
        choice = (await connection.execute(select(model_choice))).first()
        rows = (await connection.execute(newest_first)).all()
    names = tuple(row.name for row in rows if not row.removed)
    removed = frozenset(row.name for row in rows if row.removed)
    if choice is None:
        return StoredVersions(0, ActiveVersion(), False, names, removed)
    chosen = ActiveVersion(choice.version, tuple(choice.previous))
    return StoredVersions(choice.revision, chosen, choice.chosen_at is not None, names, removed)


async def load_files(database: Database, name: str) -> dict[str, bytes]:
    """Return the content of a version's files by their names; nothing if there is no such version.

    Raises:
        StorageError: the database cannot be read.
    """
    query = select(model_files.c.name, model_files.c.content).where(model_files.c.version == name)
    async with database.reading() as connection:
        rows = (await connection.execute(query.order_by(model_files.c.name))).all()
        return {row.name: bytes(row.content) for row in rows}


async def add(database: Database, name: str, files: Mapping[str, bytes], now: int) -> bool:
    """Store a version, which may have been removed before.

    Args:
        database: where to store it.
        name: of the version.
        files: content by file name.
        now: seconds since 1970.

    Returns:
        False if a version of this name is there.

    Raises:
        StorageError: nothing was stored.
    """
    async with database.writing_beside() as connection:
        row = insert(connection, model_versions).values(name=name, added_at=now, removed=False)
        row = row.on_conflict_do_update(
            index_elements=["name"],
            set_={"added_at": now, "removed": False},
            where=model_versions.c.removed,
        )
        if (await connection.execute(row.returning(model_versions.c.name))).first() is None:
            return False
        for file, content in files.items():
            values = {"version": name, "name": file, "content": content}
            await connection.execute(insert(connection, model_files).values(values))
        await _grow(connection)
    return True


async def choose(database: Database, chosen: ActiveVersion, revision: int, now: int) -> bool:
    """Store which version is active, if nothing has changed since a revision.

    Args:
        database: where to store it.
        chosen: the active version and those before.
        revision: what `load` returned.
        now: seconds since 1970.

    Returns:
        False if something has changed; then nothing was stored.

    Raises:
        StorageError: nothing was stored.
    """
    values = {"chosen_at": now, "version": chosen.name, "previous": list(chosen.previous)}
    async with database.writing_beside() as connection:
        if not await _grow(connection, revision):
            return False
        await connection.execute(update(model_choice).values(values))
    return True


async def remove(database: Database, names: Collection[str], revision: int) -> bool:
    """Remove versions and remember their names, if nothing has changed since a revision.

    Raises:
        StorageError: nothing was removed.
    """
    async with database.writing_beside() as connection:
        if not await _grow(connection, revision):
            return False
        await connection.execute(delete(model_files).where(model_files.c.version.in_(names)))
        gone = update(model_versions).where(model_versions.c.name.in_(names))
        await connection.execute(gone.values(removed=True))
    return True


async def _grow(connection: AsyncConnection, expected: int | None = None) -> bool:
    """Begin the next revision, which others wait for until this transaction ends.

    Returns:
        False if the last one is not the expected one; then nothing has changed.
    """
    row = insert(connection, model_choice).values(id=_ONLY_ID, revision=1, previous=[])
    row = row.on_conflict_do_update(
        index_elements=["id"],
        set_={"revision": model_choice.c.revision + 1},
        where=None if expected is None else model_choice.c.revision == expected,
    )
    return (await connection.execute(row.returning(model_choice.c.id))).first() is not None
