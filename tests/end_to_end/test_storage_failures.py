"""A database that cannot be written: users are told, and only stored taps are acknowledged."""

import resource
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.replies import account as account_replies
from bot.replies import photos as replies
from tests.support.bot_database import corrections_by_face, database_file, rows
from tests.support.bot_process import BotProcess, BotSandbox
from tests.support.conversation import NOTED_SAD, SAD, answer_to, button_labels, tap
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import Json, SandboxClient, buttons

LOCKED_S = 5.0
THANKS = "Got it: 😢 Sad. Thanks!"
SEVERAL = 8  # taps at a time: more than the connections that are open already


def tap_and_read_toast(people: SandboxClient, answer: Json, label: str) -> str:
    return str(people.wait_for_answer(people.press_label(answer, label))["text"])


def check_recovery(
    sandbox: BotSandbox, people: SandboxClient, bot: BotProcess, answer: Json
) -> None:
    """Check that the bot stores corrections and photos again without a restart."""
    _, answer = tap(people, answer, SAD)
    assert button_labels(answer) == NOTED_SAD
    assert list(corrections_by_face(sandbox).values()) == [["sad"]]
    assert button_labels(answer_to(people, jpeg_bytes(color=(1, 2, 3)))) != []
    assert rows(sandbox, "PRAGMA integrity_check") == [("ok",)]
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_nothing_is_acknowledged_while_the_database_is_locked(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    answer = answer_to(people)
    with closing(sqlite3.connect(database_file(sandbox), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + LOCKED_S
        # An answer is an answer, also when it cannot be corrected.
        assert button_labels(answer_to(people, jpeg_bytes())) == []
        people.send_text("/forget")
        people.wait_for_text("Erase everything I keep")
        assert (
            tap_and_read_toast(people, people.messages()[-1], "Erase")
            == account_replies.storage_unavailable()
        )
        while time.monotonic() < until:
            assert tap_and_read_toast(people, answer, SAD) == replies.not_stored()
        other.execute("ROLLBACK")
    assert corrections_by_face(sandbox) == {}
    check_recovery(sandbox, people, bot, answer)


def test_a_start_waits_while_another_program_writes_and_can_be_stopped(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    assert sandbox.start_bot().stop() == 0
    with closing(sqlite3.connect(database_file(sandbox), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stopped = sandbox.start_bot(ready=False)
        stopped.wait_for_log("The database is busy, trying again")
        assert stopped.stop() == 0
        waiting = sandbox.start_bot(ready=False)
        waiting.wait_for_log("The database is busy, trying again")
        assert stopped.log.count("The database is busy") == 1
        for unwanted in ("Traceback", "Shutdown timed out"):
            assert unwanted not in stopped.log
        other.execute("ROLLBACK")
    waiting.wait_for_log("Ready:")
    check_recovery(sandbox, people, waiting, answer_to(people))


def test_a_second_bot_does_not_touch_a_database_in_use(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot()
    stopped = sandbox.start_bot(ready=False)
    stopped.wait_for_log("waiting until it has stopped")
    assert stopped.stop() == 0
    successor = sandbox.start_bot(ready=False)
    successor.wait_for_log("waiting until it has stopped")
    answer = answer_to(people)
    assert first.stop() == 0
    successor.wait_for_log("Ready:")
    assert "Traceback" not in stopped.log
    check_recovery(sandbox, people, successor, answer)


@contextmanager
def full_disk(bot: BotProcess) -> Iterator[None]:
    """Let no file of the bot grow."""
    limit = resource.RLIMIT_FSIZE
    before = resource.prlimit(bot.pid, limit)
    resource.prlimit(bot.pid, limit, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, limit, before)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits another process: Linux only")
def test_nothing_is_acknowledged_while_the_disk_is_full(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    answer = answer_to(people)
    with full_disk(bot):
        for label in (SAD, "Not a face"):
            assert tap_and_read_toast(people, answer, label) == replies.not_stored()
        assert button_labels(answer_to(people, jpeg_bytes())) == []
        people.send_text("/forget")
        asked = people.wait_for_text("Erase everything I keep")
        assert tap_and_read_toast(people, asked, "Erase") == account_replies.storage_unavailable()
        # What needs no writing works.
        people.press_label(answer, "Why?")
        people.wait_for_text("The orange parts speak for")
        for number in range(3):
            answer_to(people, jpeg_bytes(color=(9, 9, number)))
        assert bot.log.count("goes out without buttons") == 1
        assert "can be written again" not in bot.log
    assert corrections_by_face(sandbox) == {}
    check_recovery(sandbox, people, bot, answer)
    assert bot.log.count("The database can be written again") == 1


def test_it_does_not_start_on_a_full_disk_and_says_what_to_do(sandbox: BotSandbox) -> None:
    small_files = ["sh", "-c", 'ulimit -f 16 && exec "$@"', "-"]
    bot = sandbox.start_bot(ready=False, command_prefix=small_files)
    assert bot.wait() == 2
    file = database_file(sandbox)
    assert f"The database {file} cannot be written" in bot.log
    assert f"Free some space in {file.parent} (BOT_DATA_DIR)" in bot.log
    assert "migrated" not in bot.log
    assert "Traceback" not in bot.log
    sandbox.start_bot()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder and its files read-only."""
    paths = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(path.stat().st_mode & 0o555)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_only_what_is_stored_is_acknowledged_in_a_folder_that_becomes_read_only(
    sandbox: BotSandbox, people: SandboxClient, unprivileged: list[str]
) -> None:
    bot = sandbox.start_bot(command_prefix=unprivileged)
    answers = [
        answer_to(people, jpeg_of(portrait().rotate(angle)))
        for angle in range(-SEVERAL, SEVERAL, 2)
    ]
    sad = [buttons(answer)[1]["callback_data"] for answer in answers]

    def tap_all() -> list[str]:
        mark = people.set_mark()
        queries = [
            people.press(answer, data, force=True)
            for answer, data in zip(answers, sad, strict=True)
        ]
        people.mark = mark
        said = [people.wait_for_answer(query)["text"] for query in queries]
        stored = {row[0] for row in rows(sandbox, "SELECT id FROM processed_taps")}
        assert [text == THANKS for text in said] == [query in stored for query in queries]
        return said

    with read_only(database_file(sandbox).parent):
        # Files that are open already can still be written, others not even be opened.
        assert set(tap_all()) <= {THANKS, replies.not_stored()}
    for _ in range(3):
        assert tap_all() == [THANKS] * len(answers)
    assert list(corrections_by_face(sandbox).values()) == [["sad"]] * len(answers)
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_it_does_not_start_in_a_read_only_folder_and_says_why(
    sandbox: BotSandbox, people: SandboxClient, unprivileged: list[str]
) -> None:
    assert sandbox.start_bot().stop() == 0
    with read_only(database_file(sandbox).parent):
        bot = sandbox.start_bot(ready=False, command_prefix=unprivileged)
        assert bot.wait() == 2
        assert "BOT_DATA_DIR" in bot.log
        assert "no permission to read and write" in bot.log
    (elsewhere := sandbox.folder / "elsewhere").mkdir()
    address = f"sqlite+aiosqlite:///{elsewhere / 'bot.sqlite3'}"
    with read_only(elsewhere):
        bot = sandbox.start_bot(ready=False, command_prefix=unprivileged, BOT_DATABASE_URL=address)
        assert bot.wait() == 1
        assert "The database cannot be used" in bot.log
        assert "Traceback" not in bot.log
    bot = sandbox.start_bot(command_prefix=unprivileged)
    check_recovery(sandbox, people, bot, answer_to(people))
