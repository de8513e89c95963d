"""Translates errors of the databases, SQLAlchemy and the operating system into storage errors."""

import errno
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import DiskError, StorageBusyError, StorageError

_ERRORS: tuple[type[Exception], ...] = (DBAPIError, PoolTimeoutError, sqlite3.Error, OSError)

_BUSY_CODES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# SQLite reports a used-up quota, and some cases of a full disk, as SQLITE_IOERR.
_DISK_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
# See https://www.postgresql.org/docs/current/errcodes-appendix.html: a lock was not available in
# time, a deadlock, too many connections, the server is starting or stopping, and that it ended a
# connection when it stopped.
_BUSY_STATES = ("55P03", "40P01", "53300", "57P03", "57P01")
_DISK_STATES = ("53100", "58030", "XX001", "XX002")  # full, input or output error, damaged


@contextmanager
def as_storage_errors() -> Iterator[None]:
    """Raise a storage error where the block raises another one about the database."""
    try:
        yield
    except TimeoutError as error:
        raise StorageError("the database server does not answer") from error
    except (*_ERRORS, *_postgres_errors()) as error:
        # The other lines are the statement and its values, which are personal data.
        text = str(_original(error)).partition("\n")[0]
        if isinstance(error, FileNotFoundError | ConnectionError) and error.filename is None:
            text = f"no database server answers at this address: {text}"
        raise error_class(error)(text) from error


def _postgres_errors() -> tuple[type[Exception], ...]:
    """Return what goes wrong while asyncpg connects, which reaches the caller as it is.

    A bot with SQLite is not to import asyncpg, which would be a twentieth of its start.
    """
    asyncpg = sys.modules.get("asyncpg")
    return (asyncpg.InterfaceError, asyncpg.PostgresError) if asyncpg else ()


def error_class(error: Exception) -> type[StorageError]:
    """Return the class of the storage error that means the same as another error."""
    original = _original(error)
    code, state = primary_code(original), getattr(original, "sqlstate", None)
    if code in _BUSY_CODES or state in _BUSY_STATES:
        return StorageBusyError
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    is_bad = code in _DISK_CODES or state in _DISK_STATES
    return DiskError if is_bad or is_full else StorageError


def primary_code(error: BaseException | None) -> int:
    """Return SQLite's result code without its extension; see https://sqlite.org/rescode.html."""
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return extended & 0xFF


def _original(error: Exception) -> BaseException:
    return getattr(error, "orig", None) or error
