"""Logging to standard error, with secrets redacted, in lines that no message can forge."""

import json
import logging
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

FORMAT = "%(asctime)s %(levelname)-7s %(name)s%(origin)s: %(message)s"
HIDDEN = "<hidden>"
KEPT_ERRORS = 2

# The id of the update that the current task handles, for an album the first one.
current_update: ContextVar[int | None] = ContextVar("current_update", default=None)
# The id of the user who sent it; None if that is a chat.
current_user: ContextVar[int | None] = ContextVar("current_user", default=None)

# The addresses of people's files work for an hour, for whoever has the token.
_FILE_LINK = re.compile(r"/file/bot[^\s\"'<>]*(?:<hidden>[^\s\"'<>]*)?")
_OURS = ("bot", "model")
# httpx logs the URL of each request, which contains the token.
_ONLY_WARNINGS = ("httpx", "httpcore", "telegram", "alembic", "asyncio")
# They log the errors that they raise, with whole answers of Telegram; the bot reports them itself.
_SILENT = ("telegram.request", "telegram.Bot", "telegram.ext.ExtBot")
_NO_LEVEL = logging.CRITICAL + 1
# It logs whole updates if there is something wrong with the bot's context.
_TYPES_ONLY = "telegram.ext.Application"


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """The lowest level of the bot's own records that are logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @classmethod
    def _missing_(cls, value: object) -> "LogLevel | None":
        return next((level for level in cls if level == str(value).lower()), None)

    @property
    def number(self) -> int:
        """The level as `logging` knows it."""
        return logging.getLevelNamesMapping()[self.upper()]


class RedactingFormatter(logging.Formatter):
    """Replaces secrets in the formatted text, which includes arguments and tracebacks.

    Texts of strangers may be part of it. Characters that control a terminal or the direction of
    writing are escaped, and all lines of a record but the first are indented, so that only a record
    begins at the margin.

    Args:
        secrets: texts to hide, such as a bot token. The part after a token's colon is also hidden
            where it appears alone, because it is the secret part.
        name_user: what a user is called in the log, by their id; None to leave people out.
    """

    def __init__(
        self, secrets: Iterable[str], name_user: Callable[[int], str] | None = None
    ) -> None:
        super().__init__(FORMAT)
        self._name_user = name_user
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record without secrets."""
        ids = [str(value) for value in (current_update.get(), self.user()) if value is not None]
        record.origin = f" [{' '.join(ids)}]" if ids else ""
        lines = self.redact(super().format(record)).split("\n")
        return "\n    ".join(map(_escape_unprintable, lines))

    def user(self) -> str | None:
        """Return what the log calls the user whose update is being handled."""
        user_id = current_user.get()
        return None if user_id is None or self._name_user is None else self._name_user(user_id)

    def redact(self, text: str) -> str:
        """Return a text with each secret in it replaced."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return _FILE_LINK.sub(f"/file/bot{HIDDEN}", text)


class JsonFormatter(RedactingFormatter):
    """Writes each record as a JSON object on one line, without secrets.

    Its fields are `time` (UTC), `level`, `logger` and `message`; while an update is handled,
    `update`, its id, and `user`, who sent it; and with an exception `traceback`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        update = current_update.get()
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.redact(record.getMessage()),
        }
        if update is not None:
            fields["update"] = update
        if (user := self.user()) is not None:
            fields["user"] = user
        if record.exc_info:
            fields["traceback"] = self.redact(self.formatException(record.exc_info))
        return json.dumps(fields)


@dataclass(frozen=True, slots=True)
class NotedError:
    """An error in the log.

    Attributes:
        at: when, in seconds since 1970.
        text: its first line, without secrets.
    """

    at: float
    text: str


class RecentErrors(logging.Handler):
    """Remembers the latest errors in the log.

    Args:
        secrets: texts to hide; see `RedactingFormatter`.

    Attributes:
        latest: the latest ones, oldest first.
        count: how many there were.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(logging.ERROR)
        self._redact = RedactingFormatter(secrets).redact
        self.latest: deque[NotedError] = deque(maxlen=KEPT_ERRORS)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record."""
        try:
            text = record.getMessage().partition("\n")[0]
        except Exception:
            self.handleError(record)  # as all handlers do, so that the caller goes on
            return
        if record.exc_info and record.exc_info[0]:
            text = f"{text} ({record.exc_info[0].__name__})"
        self.latest.append(NotedError(record.created, _escape_unprintable(self._redact(text))))
        self.count += 1


@contextmanager
def recent_errors(secrets: Iterable[str]) -> Iterator[RecentErrors]:
    """Remember the errors that are logged while the block runs.

    Args:
        secrets: texts to hide; see `RedactingFormatter`.
    """
    handler = RecentErrors(secrets)
    logging.getLogger().addHandler(handler)
    try:
        yield handler
    finally:
        logging.getLogger().removeHandler(handler)


def _escape_unprintable(line: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in line
    )


def _forms(secret: str) -> set[str]:
    parts = {secret, secret.rpartition(":")[2]} - {""}
    return parts | {quote(part, safe="") for part in parts}


def configure_logging(
    secrets: Iterable[str],
    level: int = logging.INFO,
    style: LogFormat = LogFormat.TEXT,
    name_user: Callable[[int], str] | None = None,
) -> None:
    """Send the log of this program and its libraries to standard error.

    Args:
        secrets: texts to hide; see `RedactingFormatter`.
        level: lowest level of the bot's own records; libraries' details are never logged.
        style: how the records are written.
        name_user: see `RedactingFormatter`.
    """
    formatter = JsonFormatter if style is LogFormat.JSON else RedactingFormatter
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(secrets, name_user))
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler], force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    for name in _ONLY_WARNINGS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(_NO_LEVEL)
    logging.getLogger(_TYPES_ONLY).addFilter(_name_types_of_arguments)


def _name_types_of_arguments(record: logging.LogRecord) -> bool:
    """Replace what a record quotes, perhaps somebody's words, with the names of its types."""
    if isinstance(record.args, tuple):
        record.args = tuple(f"<{type(argument).__name__}>" for argument in record.args)
    return True
