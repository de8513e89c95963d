import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
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


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


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
        connection.execute("INSERT INTO users VALUES (1, 77)")
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
