"""Values of settings that need more than a type to be checked."""

import os
import re
from datetime import time
from importlib.util import find_spec

import httpx
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

POSTGRESQL = "postgresql+asyncpg"
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DRIVERS = ("sqlite+aiosqlite", POSTGRESQL)
# Of a PostgreSQL URL: https://docs.sqlalchemy.org/dialects/postgresql.html#module-sqlalchemy.dialects.postgresql.asyncpg
# and https://magicstack.github.io/asyncpg/current/api/index.html#connection.
_PARAMETERS = ("host", "port", "prepared_statement_cache_size", "ssl")
NO_BACKUPS = (
    "the bot makes no backups of a PostgreSQL database. Remove this setting, and have pg_dump run "
    "every day"
)
_SUPPORTED = (
    "expected a URL of one of the supported databases: sqlite+aiosqlite:///data/bot.sqlite3 "
    "or postgresql+asyncpg://user:password@host/database"
)


def parse_ids(text: str, pattern: re.Pattern[str], example: str) -> frozenset[int]:
    """Read Telegram ids that are separated by commas.

    Args:
        text: value of the setting.
        pattern: what an id looks like.
        example: what was expected, for the error.

    Raises:
        ValueError: something else is among them.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if wrong := [part for part in parts if not pattern.fullmatch(part)]:
        raise ValueError(f"expected {example}, got {wrong[0]!r} (/whoami tells anyone their id)")
    return frozenset(int(part) for part in parts)


def parse_time_of_day(text: str) -> time:
    """Read a time of day.

    Raises:
        ValueError: it is none.
    """
    if not _TIME_OF_DAY.fullmatch(text):
        raise ValueError(f"expected a time of day in UTC, like 03:30, got {text!r}")
    return time.fromisoformat(text)


def check_database_url(text: str) -> None:
    """Check that the bot can use the database at a URL, as far as that can be told without it.

    Raises:
        ValueError: it cannot. The message contains nothing of the URL, which may have a password.
    """
    if text.startswith(("postgres://", "postgresql://")):
        raise ValueError("a PostgreSQL database starts with postgresql+asyncpg:// here")
    try:
        url = make_url(text)
        dialect = url.get_dialect()
        dialect().create_connect_args(url)  # refuses a host of SQLite, which does not have one
    except (SQLAlchemyError, ImportError, ValueError):
        raise ValueError(_SUPPORTED) from None
    if url.drivername not in _DRIVERS:
        raise ValueError(_SUPPORTED)
    if url.drivername == POSTGRESQL:
        _check_server_url(url)


def _check_server_url(url: URL) -> None:
    if find_spec("asyncpg") is None:
        raise ValueError(
            "PostgreSQL needs the extra postgres: pip install -c constraints.txt '.[postgres]'"
        )
    if not url.database:
        raise ValueError("the name of the database is missing; expected it after the last /")
    if "@" in (url.host or ""):  # the password went on there
        raise ValueError("@ in a user name or a password is written %40; see docs/settings.md")
    if "sslmode" in url.query:
        raise ValueError("sslmode is called ssl here, as in ?ssl=require")
    if not url.query.keys() <= set(_PARAMETERS):
        raise ValueError(f"after ?, expected only {', '.join(_PARAMETERS)}")


def check_certificates() -> None:
    """Check the file of certificates that the environment names, if it does.

    Raises:
        ValueError: there are none.
    """
    if not os.environ.get("SSL_CERT_FILE"):
        return
    try:
        httpx.create_ssl_context()
    except OSError as error:
        raise ValueError(f"SSL_CERT_FILE: no certificates there ({error.strerror})") from error


def default_workers() -> int:
    """Return how many photos are judged at the same time unless a setting says so."""
    return min(4, os.cpu_count() or 1)


def default_retrain_threads() -> int:
    """Return how many threads a retraining uses unless a setting says so."""
    return max(1, (os.cpu_count() or 1) // 2)  # the other half answers photos
