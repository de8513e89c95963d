"""Logging to standard error, with secrets redacted, in lines that no message can forge."""

import logging
import sys
from collections.abc import Iterable
from urllib.parse import quote

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
HIDDEN = "<hidden>"

_OURS = ("bot", "model")
# httpx logs the URL of each request, which contains the token.
_ONLY_WARNINGS = ("httpx", "httpcore", "telegram", "alembic", "asyncio")
# They log the errors that they raise, with whole answers of Telegram; the bot reports them itself.
_SILENT = ("telegram.request", "telegram.Bot", "telegram.ext.ExtBot")
_NO_LEVEL = logging.CRITICAL + 1
# It logs whole updates if there is something wrong with the bot's context.
_TYPES_ONLY = "telegram.ext.Application"


class RedactingFormatter(logging.Formatter):
    """Replaces secrets in the formatted text, which includes arguments and tracebacks.

    Texts of strangers may be part of it. Characters that control a terminal or the direction of
    writing are escaped, and all lines of a record but the first are indented, so that only a record
    begins at the margin.

    Args:
        secrets: texts to hide, such as a bot token. The part after a token's colon is also hidden
            where it appears alone, because it is the secret part.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record without secrets."""
        lines = self.redact(super().format(record)).split("\n")
        return "\n    ".join(map(_escape_unprintable, lines))

    def redact(self, text: str) -> str:
        """Return a text with each secret in it replaced."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def _escape_unprintable(line: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in line
    )


def _forms(secret: str) -> set[str]:
    parts = {secret, secret.rpartition(":")[2]} - {""}
    return parts | {quote(part, safe="") for part in parts}


def configure_logging(secrets: Iterable[str], level: int = logging.INFO) -> None:
    """Send the log of this program and its libraries to standard error.

    Args:
        secrets: texts to hide; see `RedactingFormatter`.
        level: lowest level of the bot's own records; libraries' details are never logged.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
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
