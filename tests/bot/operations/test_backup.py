import json
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from bot.errors import BackupError
from bot.operations.backup import back_up, back_up_into, restore
from bot.storage.database import open_database
from bot.storage.database_lock import lock_file_of
from model.errors import AlreadyRunningError
from model.network.manifest import SHIPPED
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from tests.support.model_versions import model_folder

NOW = datetime(2026, 11, 27, 12, 30, 15, tzinfo=UTC)


async def make_data(folder: Path) -> Registry:
    """Make a data folder with a database of one row, and two versions, of which one is active."""
    async with open_database(f"sqlite+aiosqlite:///{folder / 'bot.sqlite3'}"):
        pass
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as database, database:
        database.execute("INSERT INTO users (id, first_seen_at) VALUES (5, 7)")
    registry = Registry(folder / "models")
    for name in ("first", "second"):
        registry.add(model_folder(folder.parent / name, name))
    registry.promote("second")
    return registry


@pytest.fixture
async def registry(tmp_path: Path) -> Registry:
    return await make_data(tmp_path / "data")


@pytest.fixture
def archive(tmp_path: Path, registry: Registry) -> Path:
    target = tmp_path / "backups" / "backup.tar"
    back_up(tmp_path / "data" / "bot.sqlite3", registry, target, NOW)
    return target


def restore_into(folder: Path, archive: Path) -> str:
    return restore(archive, folder, folder / "bot.sqlite3")


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def users(folder: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as database:
        return database.execute("SELECT id FROM users").fetchall()


def test_what_was_backed_up_is_there_again(tmp_path: Path, archive: Path) -> None:
    assert archive.stat().st_mode & 0o777 == 0o600
    assert visible(archive.parent) == ["backup.tar"]
    assert restore_into(tmp_path / "new", archive) == "2026-11-27T12:30:15+00:00"
    restored = Registry(tmp_path / "new" / "models")
    assert users(tmp_path / "new") == [(5,)]
    assert restored.verify() == []
    assert restored.active().name == "second"
    assert {version.name for version in restored.versions()} >= {"first", "second"}
    restored_files = [path for path in (tmp_path / "new").rglob("*.*") if path.stat().st_size]
    assert not [path for path in restored_files if path.is_file() and path.stat().st_mode & 0o077]


def test_a_backup_is_consistent_while_the_database_is_written(
    tmp_path: Path, registry: Registry
) -> None:
    file = tmp_path / "data" / "bot.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO users (id, first_seen_at) VALUES (6, 7)")
        back_up(file, registry, tmp_path / "backup.tar", NOW)
        writer.execute("COMMIT")
    restore_into(tmp_path / "new", tmp_path / "backup.tar")
    assert users(tmp_path / "new") == [(5,)]


def test_erased_data_is_not_in_a_backup(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "data" / "bot.sqlite3"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO menus VALUES ('a secret of somebody', '', '')")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM menus")
    back_up(file, registry, tmp_path / "backup.tar", NOW)
    assert b"a secret of somebody" not in (tmp_path / "backup.tar").read_bytes()


def test_nothing_is_overwritten(tmp_path: Path, archive: Path, registry: Registry) -> None:
    before = archive.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        back_up(tmp_path / "data" / "bot.sqlite3", registry, archive, NOW)
    assert archive.read_bytes() == before
    with pytest.raises(BackupError, match=r"bot\.sqlite3 exists already.*empty data folder"):
        restore_into(tmp_path / "data", archive)
    (tmp_path / "data" / "bot.sqlite3").unlink()
    with pytest.raises(BackupError, match=r"current\.json exists already"):
        restore_into(tmp_path / "data", archive)


def test_a_running_bot_is_not_disturbed(tmp_path: Path, archive: Path) -> None:
    running = acquire_lock(lock_file_of(tmp_path / "new" / "bot.sqlite3"))
    with running, pytest.raises(AlreadyRunningError):
        restore_into(tmp_path / "new", archive)


def cut_in_the_middle(archive: Path) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])


def cut_before_the_manifest(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        end = opened.getmember("manifest.json").offset
    archive.write_bytes(archive.read_bytes()[:end] + bytes(1024))


def flip_a_bit(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as opened:
        content[opened.getmember("bot.sqlite3").offset_data + 5000] ^= 1
    archive.write_bytes(content)


def add_a_path_outside(archive: Path) -> None:
    with tarfile.open(archive, "w") as opened:
        info = tarfile.TarInfo("../outside")
        info.size = 4
        opened.addfile(info, BytesIO(b"evil"))


def make_it_another_format(archive: Path) -> None:
    with tarfile.open(archive, "w") as opened:
        content = json.dumps({"format": 2, "files": {}}).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(content)
        opened.addfile(info, BytesIO(content))


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (cut_in_the_middle, "is damaged or no backup|is not complete"),
        (cut_before_the_manifest, "is not complete"),
        (flip_a_bit, "is damaged: bot.sqlite3"),
        (add_a_path_outside, "no backup of this program: '../outside'"),
        (make_it_another_format, "newer version"),
        (lambda archive: archive.write_bytes(b"no archive"), "is damaged or no backup"),
    ],
)
def test_a_damaged_archive_is_refused_and_leaves_nothing(
    damage: Callable[[Path], None], text: str, tmp_path: Path, archive: Path
) -> None:
    damage(archive)
    with pytest.raises(BackupError, match=text):
        restore_into(tmp_path / "new", archive)
    assert visible(tmp_path / "new") == ["bot.sqlite3.lock"]
    assert not (tmp_path / "outside").exists()


def test_what_an_interrupted_attempt_left_is_removed(tmp_path: Path, archive: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "new" / ".photo-mood-restore-abc" / "models")
    restore_into(tmp_path / "new", archive)
    assert [path for path in (tmp_path / "new").glob(".*") if path.is_dir()] == []
    assert visible(tmp_path / "new") == ["bot.sqlite3", "bot.sqlite3.lock", "models"]


def test_a_restore_that_was_killed_halfway_can_be_repeated(tmp_path: Path, archive: Path) -> None:
    new = tmp_path / "new"
    restore_into(new, archive)
    # As it is when the versions are in place and the database is not.
    (new / ".photo-mood-restore-abc").mkdir()
    (new / ".photo-mood-restore-abc" / "begun").touch()
    (new / "bot.sqlite3").unlink()
    restore_into(new, archive)
    assert users(new) == [(5,)]
    assert Registry(new / "models").active().name == "second"


def test_only_the_newest_archives_are_kept(tmp_path: Path, registry: Registry) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "mine.tar").touch()
    for day in range(4):
        made = back_up_into(
            folder, 2, tmp_path / "data" / "bot.sqlite3", registry, NOW + timedelta(days=day)
        )
    assert made.name == "photo-mood-20261130-123015.tar"
    assert visible(folder) == [
        "mine.tar",
        "photo-mood-20261129-123015.tar",
        made.name,
    ]


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"there is no database .*bot\.sqlite3"):
        back_up(tmp_path / "bot.sqlite3", Registry(tmp_path / "models"), tmp_path / "a.tar", NOW)
