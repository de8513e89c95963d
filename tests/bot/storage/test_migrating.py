import re
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from bot.errors import StorageError
from bot.storage import migrating
from bot.storage.database import open_database
from bot.storage.migrating import SCRIPTS
from bot.storage.schema import metadata
from tests.bot.storage.conftest import address

BROKEN = """
from alembic import op
revision = "{new}"
down_revision = "{old}"
def upgrade():
    op.execute("CREATE TABLE half_done (id INTEGER)")
    op.execute("UPDATE users SET first_seen_at = 0")
    op.execute("INSERT INTO there_is_no_such_table VALUES (1)")
"""


# What a bot of the first schema had stored: a face that was corrected, and one that was not.
FIRST_ROWS = """
INSERT INTO users VALUES (1, 77);
INSERT INTO photos VALUES (1, 1, 'file', 'model', 0, 0.9, 'happy', 77);
INSERT INTO faces VALUES (1, 1, 0, 0, 0, 9, 9, 0.9, 0.9, 'happy', CAST('crop' AS BLOB), 99);
INSERT INTO faces VALUES (2, 1, 1, 0, 0, 9, 9, 0.9, 0.9, 'happy', NULL, 99);
INSERT INTO corrections VALUES (5, 1, 1, 'sad', 78);
INSERT INTO corrections VALUES (6, 2, 1, 'sad', 79);
"""


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def made_earlier(file: Path, revision: str, rows: str) -> None:
    """A database file as the bot made it when this was the newest revision."""
    file.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(rows)


async def made(file: Path) -> None:
    async with open_database(address(file)):
        pass


async def test_the_migrations_lead_to_the_schema(file: Path) -> None:
    await made(file)
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        constraints = [
            re.findall(r"CONSTRAINT (\w+)", str(sql))
            for (sql,) in connection.exec_driver_sql("SELECT sql FROM sqlite_master ORDER BY name")
        ]
    engine.dispose()
    fresh = create_engine("sqlite://")
    metadata.create_all(fresh)
    with fresh.connect() as connection:
        wanted = {
            name
            for (sql,) in connection.exec_driver_sql("SELECT sql FROM sqlite_master")
            for name in re.findall(r"CONSTRAINT (\w+)", str(sql))
        }
    fresh.dispose()
    there = {name for names in constraints for name in names}
    assert there - {"alembic_version_pkc"} == wanted


async def test_an_up_to_date_database_is_left_alone(file: Path) -> None:
    await made(file)
    before = dump(file)
    await made(file)
    assert dump(file) == before


async def test_a_migration_that_fails_changes_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(file)
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
    (scripts / "versions" / "broken.py").write_text(BROKEN.format(new="9999", old=old))
    with monkeypatch.context() as patch:
        patch.setattr(migrating.migrate, "__defaults__", (scripts,))
        with pytest.raises(StorageError, match=f"schema {old} to 9999 failed and was undone"):
            await made(file)
    assert dump(file) == before
    await made(file)


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(file: Path) -> None:
    await made(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
        connection.commit()
    before = dump(file)
    with pytest.raises(StorageError, match="newer version of the bot"):
        await made(file)
    assert dump(file) == before


async def test_the_second_schema_keeps_what_the_first_held_and_knows_equal_crops(
    file: Path,
) -> None:
    made_earlier(file, "0001", FIRST_ROWS)
    await made(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT * FROM users").fetchall() == [(1, 77, None, None)]
        rows = connection.execute("SELECT id, said, crop_digest FROM corrections").fetchall()
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert rows == [(5, "sad", sha256(b"crop").digest()), (6, "sad", None)]


@pytest.mark.parametrize("table", ["reviews", "daily_counts"])
async def test_a_second_schema_that_cannot_be_made_leaves_the_first(file: Path, table: str) -> None:
    made_earlier(file, "0001", f"{FIRST_ROWS} CREATE TABLE {table} (of_somebody_else TEXT);")
    before = dump(file)
    with pytest.raises(StorageError, match=f"was undone: .*table {table} already exists"):
        await made(file)
    assert dump(file) == before


async def test_the_sixth_schema_knows_which_verdicts_were_corrected(file: Path) -> None:
    made_earlier(file, "0001", FIRST_ROWS)
    await made(file)
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT id, model_version, verdict, probability_happy FROM corrections"
        ).fetchall()
    assert rows == [(5, "model", "happy", 0.9), (6, "model", "happy", 0.9)]


async def test_a_sixth_schema_that_cannot_be_made_leaves_the_fifth(file: Path) -> None:
    made_earlier(file, "0005", "CREATE INDEX ix_photos_judged_at ON photos (judged_at);")
    before = dump(file)
    with pytest.raises(StorageError, match="schema 0005 to 0006 failed and was undone"):
        await made(file)
    assert dump(file) == before
