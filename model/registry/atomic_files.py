"""Changes to files that are made wholly or not at all, even if the power goes.

A change is prepared under a temporary name, forced onto the disk, and takes its place by a rename,
which file systems do in one step. The folder is forced onto the disk, too, since it holds the name.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = "."  # names that begin so are not yet, or no longer, what they will be or were


@contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A name beside a path to prepare its content under; what is left there is removed.

    Args:
        path: that the content is for.
    """
    name = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")
    try:
        yield name
    finally:
        remove(name)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it; none is needed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in a path's place: readers see the old one or the new one, whole.

    Args:
        path: of the file; its folder is there.
        content: the new file's.

    Raises:
        OSError: the disk is full, or does not let itself be written; the old file is untouched.
    """
    with temporary(path) as draft:
        _write(draft, content)
        draft.replace(path)
        sync_folder(path.parent)


def add_folder(path: Path, files: dict[str, bytes]) -> None:
    """Make a folder of files: it appears with all of them or not at all.

    Args:
        path: of the new folder; the one above it is there.
        files: content by name.

    Raises:
        FileExistsError, NotADirectoryError: something is there already; it stays.
        OSError: the disk is full, or does not let itself be written; there is no folder then.
    """
    with temporary(path) as draft:
        draft.mkdir()
        for name, content in files.items():
            _write(draft / name, content)
        sync_folder(draft)
        # A rename would take the place of an empty folder.
        if path.exists():
            raise FileExistsError(f"{path} exists already")
        draft.rename(path)
        sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder: it disappears at once, never leaving a half of it.

    Args:
        path: of the folder.

    Raises:
        OSError: it cannot be removed.
    """
    with temporary(path) as rubbish:
        path.rename(rubbish)
        sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, forced onto the disk.

    Args:
        path: of the folder, which may exist.

    Raises:
        OSError: it cannot be made.
    """
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Force a folder's list of names onto the disk."""
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
