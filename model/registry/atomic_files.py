"""File changes that happen completely or not at all, even if the power fails.

The new content is written under a temporary name, synced to disk, and renamed into place, which
file systems do in one step. The folder is synced as well, because it holds the name.
"""

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

TEMPORARY_PREFIX = "."  # of the names of temporary files and folders


@contextmanager
def temporary_path(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside a path, and remove what is left there afterwards."""
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}-{secrets.token_hex(4)}")
    try:
        yield temporary
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Remove a file or a folder with its content, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file; readers see either the old content or the new one.

    Args:
        path: the file; its folder must exist.
        content: the new content.

    Raises:
        OSError: it cannot be written, for example because the disk is full. The old file is
            unchanged.
    """
    with temporary_path(path) as draft:
        _write(draft, content)
        draft.replace(path)
        fsync_folder(path.parent)


def rename_synced(draft: Path, path: Path) -> None:
    """Give a finished file its name, in one step.

    Args:
        draft: the file, beside its later path.
        path: its name; a file that has it is replaced.

    Raises:
        OSError: the disk failed.
    """
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    fsync_folder(path.parent)


def create_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Create a folder with files in it; it appears with all of them or not at all.

    Args:
        path: the new folder; its parent must exist.
        files: content by file name.

    Raises:
        FileExistsError, NotADirectoryError: the path exists already, and is unchanged.
        OSError: it cannot be written, for example because the disk is full. There is no folder.
    """
    with temporary_path(path) as draft:
        draft.mkdir()
        for name, content in files.items():
            _write(draft / name, content)
        fsync_folder(draft)
        # A rename would silently replace an empty folder.
        if path.exists():
            raise FileExistsError(f"{path} exists already")
        draft.rename(path)
        fsync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder in one step, so that it is never there with only some of its files.

    Raises:
        OSError: it cannot be removed.
    """
    with temporary_path(path) as trash:
        path.rename(trash)
        fsync_folder(path.parent)


def make_folders(path: Path) -> None:
    """Create a folder and its missing parents, synced to disk; it may exist.

    Raises:
        OSError: it cannot be created.
    """
    if path.is_dir():
        return
    make_folders(path.parent)
    path.mkdir(exist_ok=True)
    fsync_folder(path.parent)


def fsync_folder(path: Path) -> None:
    """Sync a folder's list of names to disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
