"""Reasons as text for the database, from which they can be said in any language later.

A line is one reason: an object of JSON, or just the sentence where it has no values, as all had in
older versions.
"""

import json
from collections.abc import Iterable

from model.messages import Reason


def to_text(reasons: Iterable[Reason]) -> str:
    """Put reasons down, one a line."""
    return "\n".join(map(_line, reasons))


def from_text(text: str) -> tuple[Reason, ...]:
    """Read what was put down; empty lines are none."""
    return tuple(_reason(line) for line in text.splitlines() if line)


def _line(reason: Reason) -> str:
    if not reason.values:
        return reason.text
    return json.dumps({"text": reason.text, "values": dict(reason.values)})


def _reason(line: str) -> Reason:
    try:
        fields = json.loads(line)
        return Reason(fields["text"], fields["values"])
    except (ValueError, TypeError, KeyError):
        return Reason(line)
