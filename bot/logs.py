"""The log: plain lines on standard error, in which no secret ever shows."""

import logging
import sys
from collections.abc import Iterable
from urllib.parse import quote

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
HIDDEN = "<hidden>"

# httpx logs each request with its address, and the address holds the token.
_ONLY_WARNINGS = ("httpx", "httpcore", "telegram", "alembic", "asyncio")
# It logs what it then raises, with a traceback; whoever called it reports the error.
_SILENT = ("telegram.request",)


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, then blots out the secrets in the finished text.

    Working on the finished text covers messages, arguments, exceptions and their causes alike.

    Args:
        secrets: texts that must not show, such as a bot token. Of a token also the part after
            the colon is hidden, which is the part that matters.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(FORMAT)
        forms = {form for secret in secrets for form in _forms(secret)}
        self._forms = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, or lines, to be written."""
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        """The text with each secret in it replaced."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text


def _forms(secret: str) -> set[str]:
    parts = {secret, secret.rpartition(":")[2]} - {""}
    return parts | {quote(part, safe="") for part in parts}


def configure_logging(secrets: Iterable[str]) -> None:
    """Send the log of this program and its libraries to standard error.

    Args:
        secrets: texts that must not show in it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _ONLY_WARNINGS:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL)
