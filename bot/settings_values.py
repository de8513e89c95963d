"""Values of settings that need more than a type to be checked."""

import re

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError


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


def is_sqlite_url(text: str) -> bool:
    """Return whether a URL names an SQLite database with an asynchronous driver."""
    try:
        url = make_url(text)
        dialect = url.get_dialect()
        dialect().create_connect_args(url)  # refuses a host, which SQLite does not have
    except (SQLAlchemyError, ImportError, ValueError):
        return False
    return dialect.name == "sqlite" and dialect.is_async
