"""Backs up the database and the versions of the model while the bot runs, and restores them."""

import asyncio
import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import URL

from bot.errors import BackupError
from bot.operations.archive import extract_archive, write_archive
from bot.storage.database import open_database
from bot.storage.database_lock import lock_file_of
from model.registry.atomic_files import TEMPORARY_PREFIX, fsync_folder, remove
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry

DATABASE, MODELS = "bot.sqlite3", "models"  # in the archive
NAME = "photo-mood-{:%Y%m%d-%H%M%S}.tar"  # of an archive in a folder, with the time in UTC
_PATTERN = "photo-mood-????????-??????.tar"
_WORK = f"{TEMPORARY_PREFIX}photo-mood-"
# In the work folder of a restore, since the first file was put in place.
_BEGUN = "begun"

logger = logging.getLogger(__name__)


def back_up(database: Path, registry: Registry, target: Path, now: datetime) -> None:
    """Write the database and all versions of the model into one archive.

    The database is copied in one read transaction, which holds up no writer
    (https://sqlite.org/lang_vacuum.html#vacuuminto). Erased data is not in the copy.

    Args:
        database: the file of the bot's database. The bot may use it.
        registry: the versions of the model.
        target: the archive; there is no such file yet.
        now: the current time in UTC.

    Raises:
        BackupError: there is no database, it cannot be read, or the archive exists already.
        AlreadyRunningError: another backup is being made in the same folder.
        OSError: something cannot be read or written.
    """
    if not database.is_file():
        raise BackupError(
            f"there is no database {database}; --data-dir or BOT_DATA_DIR names its folder"
        )
    about = {"created_at": now.isoformat(timespec="seconds"), "program": version("photo-mood-bot")}
    with _work_folder(target.parent, "backup") as folder:
        if target.exists():
            raise BackupError(f"{target} exists already; choose another name")
        copy, archive = folder / DATABASE, folder / target.name
        _copy_database(database, copy)
        with registry.unchanged() as files:
            models = {f"{MODELS}/{name}": path for name, path in files.items()}
            write_archive(archive, {DATABASE: copy, **models}, about)
        archive.rename(target)
        fsync_folder(target.parent)


def back_up_into(
    folder: Path, keep: int | None, database: Path, registry: Registry, now: datetime
) -> Path:
    """Write an archive that is named after the time, and remove old ones.

    Args:
        folder: for the archives.
        keep: how many of the newest stay, at least 1; None for all.
        database: as for `back_up`.
        registry: likewise.
        now: likewise.

    Returns:
        The archive.

    Raises:
        BackupError: as `back_up` does. No archive was removed.
        OSError: likewise; or an old archive cannot be removed.
    """
    target = folder / NAME.format(now)
    back_up(database, registry, target, now)
    archives = sorted(folder.glob(_PATTERN))
    for old in archives[:-keep] if keep else []:
        old.unlink()
        logger.info("Removed the old backup %s", old)
    return target


def restore(archive: Path, data_dir: Path, database: Path) -> str:
    """Put a backup into an empty data folder, and bring its database up to date.

    Args:
        archive: made by `back_up`.
        data_dir: the bot's data folder.
        database: the file that the bot's database will be.

    Returns:
        When the backup was made, in ISO 8601.

    Raises:
        BackupError: there is data already, or the archive is damaged. Nothing was restored.
        AlreadyRunningError: a bot uses the database.
        StorageError: the database cannot be brought up to date.
        OSError: the archive cannot be read, or something cannot be written.
    """
    with acquire_lock(lock_file_of(database)):
        if not database.exists() and any(data_dir.glob(f"{_WORK}restore-*/{_BEGUN}")):
            _remove_versions(data_dir)  # a restore was killed before it was done
        _require_nothing(data_dir, database)
        with _work_folder(data_dir, "restore") as folder:
            manifest = extract_archive(archive, folder)
            copy = folder / DATABASE
            if not copy.is_file():
                raise BackupError(f"{archive} holds no database")
            _check_database(copy)
            asyncio.run(_migrate(copy))
            _put_in_place(folder, data_dir, database)
    return str(manifest.get("created_at"))


def _copy_database(database: Path, copy: Path) -> None:
    try:
        with closing(
            sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)
        ) as source:
            source.execute("VACUUM INTO ?", (str(copy),))
    except sqlite3.Error as error:
        raise BackupError(f"{database} cannot be copied: {error}") from error


def _require_nothing(data_dir: Path, database: Path) -> None:
    versions = data_dir / MODELS / "versions"
    existing = [
        path
        for path in (database, data_dir / MODELS / "current.json", *versions.glob("*"))
        if path.exists() and not path.name.startswith(TEMPORARY_PREFIX)
    ]
    if existing:
        raise BackupError(
            f"{existing[0]} exists already. A backup is restored into an empty data folder only: "
            "move the old one away, or name another one"
        )


@contextmanager
def _work_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """Make a folder on the disk of the result, and remove it, with what killed processes left."""
    parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{_WORK}{purpose}"
    with acquire_lock(parent / f"{prefix}.lock"):
        for old in parent.glob(f"{prefix}-*"):
            shutil.rmtree(old, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f"{prefix}-", dir=parent) as name:
            yield Path(name)


def _check_database(file: Path) -> None:
    try:
        with closing(sqlite3.connect(file)) as database:
            (result,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        result = str(error)
    if result != "ok":
        raise BackupError(f"the database in the backup is damaged: {result}")


async def _migrate(file: Path) -> None:
    url = URL.create("sqlite+aiosqlite", database=str(file))
    async with open_database(url.render_as_string()) as database:
        await database.truncate_log()  # so that the file alone is the database


def _put_in_place(folder: Path, data_dir: Path, database: Path) -> None:
    """Move what was restored from the work folder to where it belongs, or nothing of it."""
    (folder / _BEGUN).touch()
    fsync_folder(folder)
    draft = database.with_name(f"{_WORK}restore.sqlite3")  # the database may be on another disk
    try:
        if (folder / MODELS).is_dir():
            _move_into(folder / MODELS, data_dir / MODELS)
        # The database comes last: without it, the bot would take the folder for a new one.
        shutil.move(folder / DATABASE, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.rename(database)
        fsync_folder(database.parent)
    except BaseException:
        if not database.exists():
            _remove_versions(data_dir)
        draft.unlink(missing_ok=True)
        raise


def _move_into(source: Path, target: Path) -> None:
    """Move what is in a folder into another one, in which there may be files of locks."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        path.rename(target / path.name)
    fsync_folder(target)


def _remove_versions(data_dir: Path) -> None:
    """Remove what a restore has moved into the folder of the versions."""
    for name in ("current.json", "versions"):
        remove(data_dir / MODELS / name)
