"""Locks between processes and threads that the system releases when their owner ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from model.errors import AlreadyRunningError


@contextmanager
def acquire_lock(path: Path) -> Iterator[None]:
    """Hold a lock, or fail immediately if another process or thread holds it.

    The system releases it when its owner ends, however that happens. Child processes do not hold
    it, unless they are forked without running another program.

    Args:
        path: the lock's file, which is created with its folder if necessary, and stays.

    Raises:
        AlreadyRunningError: the lock is held.
        OSError: the file cannot be created.
    """
    with _opened(path) as file:
        # `is_locked` takes a shared lock for a moment, which must not count as held.
        while not _try_lock(file, fcntl.LOCK_EX):
            if not _try_lock(file, fcntl.LOCK_SH):
                raise AlreadyRunningError(path)
        yield


@contextmanager
def wait_for_lock(path: Path) -> Iterator[None]:
    """Hold a lock, after waiting until no other process or thread holds it.

    Args:
        path: the lock's file, which is created with its folder if necessary, and stays.

    Raises:
        OSError: the file cannot be created.
    """
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Tell whether a lock is held at this moment; its file need not exist."""
    try:
        with path.open("rb") as file:
            return not _try_lock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _try_lock(file: BinaryIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
