"""Translates the errors of SQLite, SQLAlchemy and the operating system into storage errors."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import DiskError, StorageBusyError, StorageError

_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# SQLite reports a used-up quota, and some cases of a full disk, as SQLITE_IOERR.
_DISK_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


@contextmanager
def as_storage_errors() -> Iterator[None]:
    """Raise a storage error where the block raises another one about the database."""
    try:
        yield
    except TimeoutError as error:
        raise StorageBusyError("other writes take too long") from error
    except (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError) as error:
        # The other lines are the statement and its values, which are personal data.
        raise error_class(error)(str(_original(error)).partition("\n")[0]) from error


def error_class(error: Exception) -> type[StorageError]:
    """Return the class of the storage error that means the same as another error."""
    code = primary_code(_original(error))
    if code in _BUSY_CODES:
        return StorageBusyError
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return DiskError if code in _DISK_CODES or is_full else StorageError


def primary_code(error: BaseException | None) -> int:
    """Return SQLite's result code without its extension; see https://sqlite.org/rescode.html."""
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return extended & 0xFF


def _original(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error
