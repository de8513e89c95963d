import asyncio
import resource
import sqlite3
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, delete

from bot.errors import DiskError, StorageError
from bot.storage import migrate as migrating
from bot.storage.database import open_database
from bot.storage.migrate import SCRIPTS
from bot.storage.schema import metadata, users
from tests.support.old_databases import NEWEST, ROWS, SCHEMAS, change, create_old_database
from tests.support.stored_answers import address

BROKEN = """
from alembic import op
revision = "{new}"
down_revision = "{old}"
def upgrade():
    op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("UPDATE users SET first_seen_at = 0")
    op.execute("INSERT INTO there_is_no_such_table VALUES (1)")
"""


# What makes each migration fail, in its last step where that is possible.
IN_THE_WAY = {
    "0001": "CREATE TABLE processed_taps (of_somebody_else TEXT);",
    "0002": "CREATE TABLE daily_counts (of_somebody_else TEXT);",
    "0003": "CREATE INDEX ix_run_lessons_correction_id ON corrections (id);",
    "0004": "ALTER TABLE faces ADD COLUMN same_as INTEGER;",
    "0005": "ALTER TABLE runs ADD COLUMN told INTEGER;",
    "0006": "CREATE INDEX ix_photos_judged_at ON photos (judged_at);",
    "0007": "DROP INDEX ix_reviews_user_id; CREATE INDEX ix_reviews_user_id ON runs (started_by);",
    "0008": "CREATE TABLE menus (of_somebody_else TEXT);",
    "0009": "ALTER TABLE answers ADD COLUMN nonce TEXT;",
    "0010": "CREATE TABLE group_languages (of_somebody_else TEXT);",
    "0011": "ALTER TABLE answer_photos ADD COLUMN is_protected INTEGER;",
    "0012": "CREATE TABLE retraining_messages (of_somebody_else TEXT);",
    "0013": "CREATE TABLE _alembic_tmp_corrections (of_somebody_else TEXT);",
    "0014": "ALTER TABLE inbox ADD COLUMN owner TEXT;",
    "0015": "CREATE TABLE model_choice (of_somebody_else TEXT);",
}


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def ask(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def held(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows in a file, by query."""
    columns = ask(
        file,
        "SELECT tables.name, group_concat(columns.name) FROM sqlite_master AS tables "
        "JOIN pragma_table_info(tables.name) AS columns "
        "WHERE tables.type = 'table' AND tables.name != 'alembic_version' GROUP BY 1",
    )
    queries = [
        f"SELECT {names} FROM {table} ORDER BY {names}"  # noqa: S608 - of our own schema
        for table, names in columns
    ]
    return {query: ask(file, query) for query in queries}


def differences(file: Path) -> list[Any]:
    """Return how the tables in a file differ from the schema."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return list(found)


async def create_database(file: Path) -> None:
    async with open_database(address(file)):
        pass


def definitions(file: Path) -> dict[str, list[str]]:
    """Return what defines each table and index, in any order: migrations add columns at the end."""
    found = ask(file, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    plain = {name: " ".join(sql.replace('"', "").split()) for name, sql in found}
    return {
        name: sorted(part.strip(" ()") for part in sql.split(",")) for name, sql in plain.items()
    }


async def test_the_migrations_lead_to_what_a_new_database_has(tmp_path: Path) -> None:
    migrated, new = tmp_path / "old" / "bot.sqlite3", tmp_path / "new" / "bot.sqlite3"
    create_old_database(migrated, SCHEMAS[0])
    await create_database(migrated)
    await create_database(new)
    assert differences(migrated) == differences(new) == []
    assert definitions(migrated) == definitions(new)
    assert ask(new, "SELECT version_num FROM alembic_version") == [(NEWEST,)]


async def test_a_current_database_is_unchanged(file: Path) -> None:
    await create_database(file)
    before = dump(file)
    await create_database(file)
    assert dump(file) == before


async def test_a_failed_migration_changes_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_database(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO users (id, first_seen_at) VALUES (1, 77)")
        connection.commit()
        (old,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    before = dump(file)
    scripts = tmp_path / "migrations"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text((SCRIPTS / "env.py").read_text())
    for released in (SCRIPTS / "versions").glob("m*.py"):
        (scripts / "versions" / released.name).write_text(released.read_text())
    (scripts / "versions" / "m9999_broken.py").write_text(BROKEN.format(new="9999", old=old))
    with monkeypatch.context() as patch:
        patch.setattr(migrating.migrate, "__defaults__", (scripts,))
        with pytest.raises(StorageError, match=f"schema {old} to 9999 failed and was undone"):
            await create_database(file)
    assert dump(file) == before
    await create_database(file)


async def test_a_database_of_a_newer_version_is_refused_and_unchanged(file: Path) -> None:
    await create_database(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
        connection.commit()
    before = dump(file)
    with pytest.raises(StorageError, match="newer version of the bot"):
        await create_database(file)
    assert dump(file) == before


def test_every_migration_is_tested() -> None:
    assert list(ROWS) == list(IN_THE_WAY) == SCHEMAS


def test_files_of_migrations_are_named_after_their_schemas() -> None:
    assert [migrating.is_known_schema(schema) for schema in SCHEMAS] == [True] * len(SCHEMAS)
    assert len(list((SCRIPTS / "versions").glob("m*.py"))) == len(SCHEMAS)
    assert migrating.newest_schema() == NEWEST


async def test_a_start_with_a_current_database_does_not_import_alembic(file: Path) -> None:
    await create_database(file)
    start = f"""
import asyncio, sys
from bot.storage.database import open_database
async def start():
    async with open_database({address(file)!r}):
        sys.exit("alembic" in sys.modules)
asyncio.run(start())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", start)
    assert await process.wait() == 0


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_data_of_every_earlier_version_is_kept(file: Path, schema: str) -> None:
    create_old_database(file, schema)
    before = held(file)
    assert all(before.values())
    await create_database(file)
    assert {query: ask(file, query) for query in before} == before
    assert ask(file, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    assert differences(file) == []
    assert ask(file, "PRAGMA foreign_key_check") == []
    assert ask(file, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_every_migration_that_fails_leaves_the_data_unchanged(
    file: Path, schema: str
) -> None:
    number = SCHEMAS.index(schema)
    if number:
        create_old_database(file, SCHEMAS[number - 1])
    else:
        file.parent.mkdir()
    change(file, IN_THE_WAY[schema])
    before = dump(file)
    earlier = SCHEMAS[number - 1] if number else "none"
    told = f"schema {earlier} to {NEWEST} failed and was undone: .*(already exists|duplicate)"
    with pytest.raises(StorageError, match=told):
        await create_database(file)
    assert dump(file) == before


async def test_the_second_migration_computes_crop_digests(file: Path) -> None:
    create_old_database(file, "0001")
    await create_database(file)
    digests = ask(file, "SELECT id, crop_digest FROM corrections")
    assert digests == [(5, sha256(b"crop").digest()), (6, None)]


async def test_the_sixth_migration_copies_the_corrected_verdicts(file: Path) -> None:
    create_old_database(file, "0005")
    await create_database(file)
    rows = ask(file, "SELECT id, model_version, verdict, probability_happy FROM corrections")
    assert rows == [(5, "model", "happy", 0.9), (6, "model", "happy", 0.9)]


async def test_since_the_seventh_migration_reviews_outlive_the_admin(file: Path) -> None:
    create_old_database(file, "0006")
    async with open_database(address(file)) as database, database.writing() as connection:
        await connection.execute(delete(users).where(users.c.id == 2))
    reviews = ask(file, "SELECT * FROM reviews")
    assert reviews == [(5, None, "rejected", 80), (6, None, "skipped", 81)]
    with pytest.raises(sqlite3.IntegrityError, match="ck_reviews_decision"):
        change(file, "UPDATE reviews SET decision = 'forgotten'")


async def test_the_thirteenth_migration_does_not_free_the_ids_of_erased_corrections(
    file: Path,
) -> None:
    create_old_database(file, "0012")
    change(file, "DELETE FROM corrections WHERE id = 7")
    async with open_database(address(file)) as database:
        assert await database.needs_scrub()  # of the copies of the tables
    change(
        file, "INSERT INTO corrections (face_id, user_id, said, said_at) VALUES (1, 1, 'sad', 9)"
    )
    assert ask(file, "SELECT max(id) FROM corrections") == [(8,)]
    with pytest.raises(sqlite3.IntegrityError, match="ck_corrections_said"):
        change(file, "UPDATE corrections SET said = 'angry'")


async def test_without_room_for_the_copies_the_database_is_unchanged(file: Path) -> None:
    create_old_database(file, "0012")
    # More than SQLite keeps in memory until the transaction ends.
    change(file, "UPDATE faces SET crop = zeroblob(5000000) WHERE id = 1")
    before = dump(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))
    try:
        with pytest.raises(DiskError, match=r"failed and was undone: .* disk I/O error"):
            await create_database(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert dump(file) == before
    await create_database(file)
