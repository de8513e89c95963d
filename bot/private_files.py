"""File permissions: what the bot writes is for its own user alone.

The database holds crops of faces, and a retrained model has learned from them.
"""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

DATABASE_NAME = "bot.sqlite3"
BACKUPS = "backups"  # the folder of archives, unless the settings name another one
LOG_KEY = "log.key"  # what names of people in the log are made with
_SUFFIXES = ("", "-wal", "-shm", "-journal", ".lock")  # SQLite's, and `storage.database_lock`
_OURS = frozenset(
    {
        *(DATABASE_NAME + suffix for suffix in _SUFFIXES),
        "models",
        "demo",
        "README.md",
        BACKUPS,
        LOG_KEY,
    }
)
_TEMPORARY = ".photo-mood-"  # of files and folders of `bot.operations.backup`
_OTHERS = stat.S_IRWXG | stat.S_IRWXO  # permissions of everybody but the owner

logger = logging.getLogger(__name__)


def usable_folder(folder: Path) -> Path:
    """Check that a folder can be written or, if there is none yet, made.

    Args:
        folder: may begin with `~`. It is not made.

    Returns:
        The folder, without `~`.

    Raises:
        ValueError: it cannot be used; the message says why.
    """
    try:
        folder = folder.expanduser()  # a shell does it only where `~` is not quoted
    except RuntimeError as error:
        raise ValueError(f"{folder}: there is no such user, or they have no home") from error
    absolute = folder.absolute()
    try:
        existing = next(path for path in (absolute, *absolute.parents) if path.exists())
    except OSError as error:
        raise ValueError(f"{folder} cannot be made: {error.strerror}") from error
    if not existing.is_dir():
        raise ValueError(f"expected a folder, but {existing} is a file")
    if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
        problem = f"no permission to read and write in {existing}"
        raise ValueError(problem if existing == absolute else f"{folder} cannot be made: {problem}")
    return folder


def restrict_new_files() -> None:
    """From now on, give other users no access to files and folders that this process makes."""
    os.umask(_OTHERS)


def restrict_existing_files(data_dir: Path, database: Path | None) -> None:
    """Take access by other users from the files that an earlier version may have made.

    The data folder itself is restricted only if it holds nothing but the bot's own files: closing a
    folder like `/srv` would lock out its other users. Links, and files of other owners, stay as
    they are.

    Args:
        data_dir: folder of everything the bot writes.
        database: the database, wherever it is; None if it is no ordinary file.
    """
    paths = [] if database is None else [database.with_name(database.name + s) for s in _SUFFIXES]
    paths += _with_content(data_dir / "models")
    names = {path.name for path in data_dir.iterdir()}
    if {name for name in names if not name.startswith(_TEMPORARY)} <= _OURS:
        paths.append(data_dir)
    elif data_dir.stat().st_mode & _OTHERS:
        logger.warning(
            "Other users of this machine may look into %s. It holds more than the bot's files, "
            "which are restricted to their owner, so its own permissions stay. If nobody else "
            "needs it: chmod 700 %s",
            data_dir,
            data_dir,
        )
    changed = sum(_restrict(path) for path in paths)
    if changed:
        logger.info("Files and folders now readable by their owner only: %d", changed)


def _with_content(folder: Path) -> Iterator[Path]:
    yield folder
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _restrict(path: Path) -> bool:
    """Take access to a file or folder from other users; return whether that changed anything."""
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
            return False
        if not found.st_mode & _OTHERS:
            return False
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
    except FileNotFoundError:
        return False
    except OSError as error:
        # Not every file system has permissions.
        logger.warning("The permissions of %s cannot be changed: %s", path, error.strerror)
        return False
    return True
