import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.log_user_names import user_names
from bot.logs import (
    HIDDEN,
    JsonFormatter,
    RecentErrors,
    RedactingFormatter,
    current_update,
    current_user,
)
from tests.support.fake_telegram import TOKEN

REPOSITORY = Path(__file__).parents[2]
SECRET = TOKEN.partition(":")[2]


def line(message: str, *arguments: object, exc_info: bool = False) -> str:
    return RedactingFormatter([TOKEN]).format(record(message, *arguments, exc_info=exc_info))


def record(message: str, *arguments: object, exc_info: bool = False) -> logging.LogRecord:
    return logging.LogRecord(
        "httpx", logging.INFO, __file__, 1, message, arguments,
        sys.exc_info() if exc_info else None,
    )  # fmt: skip


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


@pytest.mark.parametrize("token", [TOKEN, "1234567:another-one"])
def test_the_address_of_a_file_does_not_show(token: str) -> None:
    link = f"https://api.telegram.org/file/bot{token}/photos/file_7.jpg"
    assert line(f"GET {link} failed").endswith(
        f": GET https://api.telegram.org/file/bot{HIDDEN} failed"
    )


@pytest.fixture
def handled_update() -> Iterator[int]:
    update, user = current_update.set(7), current_user.set(123456)
    yield 7
    current_update.reset(update)
    current_user.reset(user)


def test_a_line_names_the_update_that_is_handled(handled_update: int) -> None:
    assert line("hello").endswith(f"INFO    httpx [{handled_update}]: hello")


def test_a_person_has_the_same_name_in_the_log_after_a_restart_but_not_elsewhere(
    handled_update: int, tmp_path: Path
) -> None:
    def name(key_file: str, *, show_ids: bool = False) -> str:
        names = user_names(tmp_path / key_file, show_ids=show_ids)
        text = RedactingFormatter([], names).format(record("hello"))
        user = json.loads(JsonFormatter([], names).format(record("hello")))["user"]
        assert text.endswith(f"httpx [{handled_update} {user}]: hello")
        return str(user)

    assert re.fullmatch("[0-9a-f]{10}", name("log.key"))
    assert name("log.key") == name("log.key") != name("another.key")
    assert name("log.key", show_ids=True) == "123456"
    assert (tmp_path / "log.key").stat().st_mode & 0o777 == 0o600


def test_an_unusable_key_is_told_and_does_not_stop_the_bot(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "log.key").write_bytes(b"short")
    assert user_names(tmp_path / "log.key", show_ids=False)(123456)
    assert "Expected 32 bytes" in caplog.text
    assert user_names(tmp_path / "no folder" / "log.key", show_ids=False)(123456)
    assert "cannot be used (No such file or directory)" in caplog.text
    assert user_names(tmp_path, show_ids=False)(123456)
    assert "cannot be used (Is a directory)" in caplog.text


def test_an_error_that_cannot_be_worded_does_not_end_what_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    RecentErrors([]).handle(record("%d photos", "some"))
    assert "%d photos" in capsys.readouterr().err


def test_json_has_the_update_and_no_secret(handled_update: int) -> None:
    try:
        raise ValueError(f"inner {TOKEN}")
    except ValueError:
        text = JsonFormatter([TOKEN]).format(record("a\n%s", TOKEN, exc_info=True))
    assert "\n" not in text
    assert SECRET not in text
    shown = json.loads(text)
    assert shown["message"] == f"a\n{HIDDEN}"
    assert (shown["level"], shown["logger"], shown["update"]) == ("INFO", "httpx", handled_update)
    assert shown["time"].endswith("+00:00")
    assert "ValueError: inner" in shown["traceback"]


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


UNUSABLE_UPDATES = """
import asyncio, json, logging
import httpx
from telegram import Update
from telegram.ext import ApplicationBuilder, CallbackContext, ContextTypes, TypeHandler
from telegram.request import HTTPXRequest
from bot.logs import configure_logging

MESSAGE = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "my secret"}
UPDATE = {"update_id": 7, "message": MESSAGE}

class BrokenContext(CallbackContext):
    @classmethod
    def from_update(cls, update, application):
        raise TypeError("broken")

def answer(request):
    unparsable = {**UPDATE, "message": {**MESSAGE, "from": {"id": 5, "first_name": "my secret"}}}
    return httpx.Response(200, json={"ok": True, "result": [unparsable]})

async def main():
    network = {"transport": httpx.MockTransport(answer)}
    application = (
        ApplicationBuilder()
        .token("12345:secret")
        .get_updates_request(HTTPXRequest(httpx_kwargs=network))
        .context_types(ContextTypes(context=BrokenContext))
        .build()
    )
    application.add_handler(TypeHandler(Update, None))
    application._initialized = True
    await application.process_update(Update.de_json(UPDATE, None))
    await application.bot._request[0].initialize()
    try:
        await application.bot.get_updates()
    except TypeError as error:
        print("raised", type(error).__name__)

configure_logging([])
asyncio.run(main())
"""


def test_what_people_write_does_not_show_where_the_library_fails() -> None:
    command = [sys.executable, "-W", "ignore", "-c", UNUSABLE_UPDATES]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "raised TypeError\n", done.stderr
    assert "Error while building CallbackContext for update <Update>" in done.stderr
    assert "TypeError: broken" in done.stderr
    assert "my secret" not in done.stderr
