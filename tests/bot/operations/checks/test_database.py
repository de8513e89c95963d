import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.operations.checks import database as database_check
from bot.operations.checks.database import check_database
from bot.operations.checks.finding import Finding, Level
from bot.storage.database_lock import lock_file_of
from model.registry.file_lock import acquire_lock


def about_the_file(file: Path | None) -> Finding:
    return next(iter(check_database(file)))


@pytest.fixture
def database_file(tmp_path: Path, migrated_file: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path))


def test_a_new_database_is_not_made(tmp_path: Path) -> None:
    found = about_the_file(tmp_path / "new" / "bot.sqlite3")
    assert found.level == Level.OK
    assert "first start" in found.text
    assert not (tmp_path / "new").exists()


def test_a_bot_that_uses_the_database_is_mentioned(database_file: Path) -> None:
    assert "no bot is using it" in about_the_file(database_file).text
    with acquire_lock(lock_file_of(database_file)):
        found = about_the_file(database_file)
    assert found.level == Level.OK
    assert "; a bot is using it" in found.text


def test_a_database_that_another_program_writes_to_is_a_warning(
    database_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_check, "_WAIT_S", 0.0)
    with closing(sqlite3.connect(database_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        found = about_the_file(database_file)
    assert found.level == Level.WARNING
    assert "Another program" in found.cure


def test_a_database_in_memory_is_not_looked_at() -> None:
    found = about_the_file(None)
    assert found.level == Level.WARNING
    assert "BOT_DATABASE_URL" in found.cure
