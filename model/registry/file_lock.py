"""Locks between processes that die with their owner: no file has to be cleaned up after a crash."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from model.errors import AlreadyRunningError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock, or fail at once if another process or thread holds it.

    The system lets go of it when its owner ends, however that happens. Child processes do not hold
    it, unless they are forked without running another program.

    Args:
        path: of the lock's file, which is made with its folder if need be, and stays.

    Raises:
        AlreadyRunningError: it is held.
        OSError: the file cannot be made.
    """
    with _opened(path) as file:
        # Whoever only looks (`is_locked`) shares the lock for a moment; that must not count.
        while not _try(file, fcntl.LOCK_EX):
            if not _try(file, fcntl.LOCK_SH):
                raise AlreadyRunningError(path)
        yield


@contextmanager
def waiting(path: Path) -> Iterator[None]:
    """Hold a lock; wait as long as another process or thread holds it.

    Args:
        path: of the lock's file, which is made with its folder if need be, and stays.

    Raises:
        OSError: the file cannot be made.
    """
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Say whether a lock is held at this moment.

    Args:
        path: of the lock's file, which need not exist.
    """
    try:
        with path.open("rb") as file:
            return not _try(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def _try(file: BinaryIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
