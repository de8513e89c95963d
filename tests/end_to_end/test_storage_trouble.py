"""A database that cannot be written: the user is told, and nothing unstored is acknowledged."""

import os
import resource
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.replies import account as account_replies
from bot.replies import photos as replies
from tests.end_to_end.test_corrections import NOTED_SAD, SAD, histories, labels, tapped
from tests.end_to_end.test_corrections_kept import answered, ask, database_of
from tests.support.bot_process import BotProcess, Place
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import Json, SandboxClient, buttons

LOCKED_S = 10.0
THANKS = "Noted as 😢 Sad. Thank you!"
SEVERAL = 8  # taps at a time: more than the connections that are open already


def told(anna: SandboxClient, answer: Json, label: str) -> str:
    return str(anna.wait_for_answer(anna.press_label(answer, label))["text"])


def works_again(place: Place, anna: SandboxClient, bot: BotProcess, answer: Json) -> None:
    """What was asked for before is stored now, without a restart, and new photos are, too."""
    _, answer = tapped(anna, answer, SAD)
    assert labels(answer) == NOTED_SAD
    assert list(histories(place.folder).values()) == [["sad"]]
    assert labels(answered(anna, jpeg_bytes(color=(1, 2, 3)))) != []
    assert ask(place, "PRAGMA integrity_check") == [("ok",)]
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_while_another_program_locks_the_database_nothing_is_acknowledged(
    place: Place, anna: SandboxClient
) -> None:
    bot = place.start_bot()
    answer = answered(anna)
    with closing(sqlite3.connect(database_of(place), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + LOCKED_S
        # An answer is an answer, also when it cannot be corrected.
        assert labels(answered(anna, jpeg_bytes())) == []
        anna.send_text("/forget")
        anna.wait_for_text("Shall I erase")
        assert told(anna, anna.messages()[-1], "Erase") == account_replies.records_away()
        while time.monotonic() < until:
            assert told(anna, answer, SAD) == replies.not_stored()
        other.execute("ROLLBACK")
    assert histories(place.folder) == {}
    works_again(place, anna, bot, answer)


@contextmanager
def full_disk(bot: BotProcess) -> Iterator[None]:
    """No file that the bot writes can become any longer, nor be written anew."""
    limit = resource.RLIMIT_FSIZE
    before = resource.prlimit(bot.pid, limit)
    resource.prlimit(bot.pid, limit, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(bot.pid, limit, before)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits another process: Linux only")
def test_while_the_disk_is_full_nothing_is_acknowledged(place: Place, anna: SandboxClient) -> None:
    bot = place.start_bot()
    answer = answered(anna)
    with full_disk(bot):
        for label in (SAD, "Not a face"):
            assert told(anna, answer, label) == replies.not_stored()
        assert labels(answered(anna, jpeg_bytes())) == []
        anna.send_text("/forget")
        asked = anna.wait_for_text("Shall I erase")
        assert told(anna, asked, "Erase") == account_replies.records_away()
        # What needs no writing works.
        anna.press_label(answer, "Why?")
        anna.wait_for_text("Orange spoke for")
    assert histories(place.folder) == {}
    works_again(place, anna, bot, answer)


@pytest.fixture
def unprivileged() -> list[str]:
    """A command under which permissions hold even for root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere, and there is no setpriv to take that away")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write in a folder, nor into its files."""
    paths = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in paths]
    for path in paths:
        path.chmod(path.stat().st_mode & 0o555)
    try:
        yield
    finally:
        for path, mode in zip(paths, modes, strict=True):
            path.chmod(mode)


def test_in_a_folder_that_becomes_read_only_what_is_acknowledged_is_stored(
    place: Place, anna: SandboxClient, unprivileged: list[str]
) -> None:
    bot = place.start_bot(under=unprivileged)
    answers = [
        answered(anna, jpeg_of(portrait().rotate(angle))) for angle in range(-SEVERAL, SEVERAL, 2)
    ]
    sad = [buttons(answer)[1]["callback_data"] for answer in answers]

    def tap_all() -> list[str]:
        mark = anna.set_mark()
        queries = [
            anna.press(answer, data, force=True) for answer, data in zip(answers, sad, strict=True)
        ]
        anna.mark = mark
        said = [anna.wait_for_answer(query)["text"] for query in queries]
        stored = {row[0] for row in ask(place, "SELECT id FROM processed_taps")}
        assert [text == THANKS for text in said] == [query in stored for query in queries]
        return said

    with read_only(database_of(place).parent):
        # Files that are open already can still be written, others not even be opened.
        assert set(tap_all()) <= {THANKS, replies.not_stored()}
    for _ in range(3):
        assert tap_all() == [THANKS] * len(answers)
    assert list(histories(place.folder).values()) == [["sad"]] * len(answers)
    assert bot.stop() == 0
    assert "Traceback" not in bot.log


def test_in_a_read_only_folder_it_does_not_start_and_says_why(
    place: Place, anna: SandboxClient, unprivileged: list[str]
) -> None:
    assert place.start_bot().stop() == 0
    with read_only(database_of(place).parent):
        bot = place.start_bot(ready=False, under=unprivileged)
        assert bot.status() == 2
        assert "BOT_DATA_DIR" in bot.log
        assert "no permission to write" in bot.log
    (elsewhere := place.folder / "elsewhere").mkdir()
    address = f"sqlite+aiosqlite:///{elsewhere / 'bot.sqlite3'}"
    with read_only(elsewhere):
        bot = place.start_bot(ready=False, under=unprivileged, BOT_DATABASE_URL=address)
        assert bot.status() == 1
        assert "The database cannot be used" in bot.log
        assert "Traceback" not in bot.log
    bot = place.start_bot(under=unprivileged)
    works_again(place, anna, bot, answered(anna))
