import logging
import sys

import pytest

from bot.logs import HIDDEN, RedactingFormatter
from tests.support.fake_telegram import TOKEN

SECRET = TOKEN.partition(":")[2]


def line(message: str, *arguments: object, exc_info: bool = False) -> str:
    record = logging.LogRecord(
        "httpx", logging.INFO, __file__, 1, message, arguments,
        sys.exc_info() if exc_info else None,
    )  # fmt: skip
    return RedactingFormatter([TOKEN]).format(record)


def test_a_line_has_time_level_and_logger() -> None:
    assert line("hello %s", "world").endswith("INFO    httpx: hello world")
    assert line("hello")[:2] == "20"


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.telegram.org/bot{TOKEN}/getMe",
        f"the second half alone: {SECRET}",
        f"escaped for an address: {TOKEN.replace(':', '%3A')}",
    ],
)
def test_the_token_does_not_show(text: str) -> None:
    for shown in (line(text), line("%s", text)):
        assert SECRET not in shown
        assert HIDDEN in shown


def test_the_token_does_not_show_in_a_traceback_and_its_causes() -> None:
    try:
        try:
            raise ValueError(f"inner {TOKEN}")
        except ValueError as inner:
            raise RuntimeError(f"outer {TOKEN}") from inner
    except RuntimeError:
        shown = line("failed", exc_info=True)
    assert "RuntimeError: outer" in shown
    assert "ValueError: inner" in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\rb", "a\\rb"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("a\u2028b\x85c", "a\\u2028b\\x85c"),
        ("half \ud800", "half \\ud800"),
        ("Grüße, नमस्ते, 😊", "Grüße, नमस्ते, 😊"),
    ],
)
def test_control_characters_are_escaped(text: str, shown: str) -> None:
    assert line("%s", text).endswith(f"httpx: {shown}")


def test_only_a_record_begins_at_the_margin() -> None:
    forged = "2026-01-01 00:00:00,000 INFO    bot.handlers: Version 7 promoted by an admin"
    try:
        raise ValueError(f"hello\n{forged}\r\n{forged}")
    except ValueError:
        first, *others = line("%s", f"hello\n{forged}", exc_info=True).split("\n")
    assert first.endswith("hello")
    assert any(forged in other for other in others)
    assert all(other.startswith("    ") for other in others)


def test_other_text_stays_as_it_is() -> None:
    assert RedactingFormatter([TOKEN]).redact("12:30, all is well") == "12:30, all is well"
