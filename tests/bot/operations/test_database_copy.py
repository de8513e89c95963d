"""An SQLite file is copied to a PostgreSQL server."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.storage import user_data
from bot.storage.database import open_database
from bot.storage.database_lock import lock_file_of
from bot.storage.user_data import UserCounts
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from scripts.photo_mood import main
from tests.support import postgres_server
from tests.support.model_versions import model_folder
from tests.support.old_databases import NEWEST, change, create_old_database
from tests.support.postgres_server import SharedDatabase
from tests.support.stored_answers import address

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with rows in every table, as a bot of the newest version would have filled it."""
    file = tmp_path / "data" / "bot.sqlite3"
    create_old_database(file, NEWEST)
    return file


def test_every_row_is_copied_and_ids_go_on(
    file: Path,
    database_url: str,
    postgres_database: SharedDatabase,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(file, "DELETE FROM corrections WHERE id = 8;")
    change(
        file, "DELETE FROM model_files; DELETE FROM model_versions; DELETE FROM model_choice;"
    )  # SQLite has none
    versions = Registry(file.parent / "models")
    versions.add(model_folder(file.parent, "better"))
    versions.promote("better")
    assert main(["copy", str(file), database_url]) == 0
    told = capsys.readouterr().out
    assert f"All rows of {file} are in postgresql+asyncpg" in told
    assert re.search(r"corrections +3 rows", told)
    assert f"So are the versions of the model in {file.parent / 'models'}: better." in told

    async def counts(url: str) -> UserCounts:
        async with open_database(url) as database:
            return await user_data.count(database, 1)

    assert asyncio.run(counts(database_url)) == asyncio.run(counts(address(file)))
    server, name = postgres_database.server, postgres_database.name
    assert server.sql(name, "SELECT last_value FROM corrections_id_seq") == "9\n"
    assert server.sql(name, "SELECT version FROM model_choice") == "better\n"
    assert main(["copy", str(file), database_url]) == 1
    assert "has rows already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change_file", "told"),
    [
        (Path.unlink, "there is no file"),
        (lambda file: file.write_bytes(b"not a database" * 100), "not a database"),
        (lambda file: change(file, "DROP TABLE alembic_version;"), "is no database of the bot"),
        (
            lambda file: change(file, "UPDATE alembic_version SET version_num = '0012';"),
            "has schema",
        ),
    ],
)
def test_another_file_is_refused(
    file: Path,
    database_url: str,
    change_file: Callable[[Path], object],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change_file(file)
    assert main(["copy", str(file), database_url]) == 1
    assert told in capsys.readouterr().err


def test_a_bot_must_not_be_running(
    file: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with acquire_lock(lock_file_of(file)):
        assert main(["copy", str(file), database_url]) == 1
    assert "another bot uses" in capsys.readouterr().err


def test_the_target_has_to_be_a_server(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["copy", str(file), address(file)]) == 2
    assert "name a PostgreSQL database" in capsys.readouterr().err


@pytest.mark.parametrize("where", ["/mood?host={folder}", "127.0.0.1:1/mood"])
def test_without_a_server_it_says_so(
    where: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql+asyncpg://nobody@" + where.format(folder=tmp_path)
    assert main(["copy", str(file), url]) == 1
    assert "no database server answers at this address" in capsys.readouterr().err
