"""Encodes messages as text for the database, to be translated when they are shown.

Each line is one message: a JSON object, or the bare sentence if it has no values, as in all rows of
early versions.
"""

import json
from collections.abc import Iterable

from bot.i18n import StoredMessage


def to_text(messages: Iterable[StoredMessage]) -> str:
    """Encode messages, one per line."""
    return "\n".join(map(_encode, messages))


def from_text(text: str) -> tuple[StoredMessage, ...]:
    """Decode messages; empty lines are skipped."""
    return tuple(_decode(line) for line in text.splitlines() if line)


def _encode(message: StoredMessage) -> str:
    if not message.values:
        return message.text
    return json.dumps({"text": message.text, "values": dict(message.values)})


def _decode(line: str) -> StoredMessage:
    try:
        fields = json.loads(line)
        return StoredMessage(fields["text"], fields["values"])
    except (ValueError, TypeError, KeyError):
        return StoredMessage(line)
