"""What a check found out, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How good or bad a finding is."""

    OK = "ok"
    WARNING = "warning"  # the bot works, but perhaps not as its operator wants
    FAILED = "failed"  # something will not work
    WRONG_SETTING = "wrong setting"  # it does not start until a setting is corrected


_EXIT_STATUS = {Level.OK: 0, Level.WARNING: 0, Level.FAILED: 1, Level.WRONG_SETTING: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        area: what was looked at, in a word or two.
        level: how it is.
        text: what was found, as a sentence or part of one.
        cure: what to do about it; empty if there is nothing to do.
    """

    area: str
    level: Level
    text: str
    cure: str = ""


def ok(area: str, text: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(area, Level.OK, text)


def warning(area: str, text: str, cure: str) -> Finding:
    """Return a finding that does not keep the bot from working."""
    return Finding(area, Level.WARNING, text, cure)


def failed(area: str, text: str, cure: str) -> Finding:
    """Return a finding because of which something does not work."""
    return Finding(area, Level.FAILED, text, cure)


def exit_status(findings: Iterable[Finding]) -> int:
    """Return 2 if a setting is wrong, else 1 if something will not work, else 0."""
    return max((_EXIT_STATUS[finding.level] for finding in findings), default=0)
