"""Stored corrections outlive restarts and kills, and erased data is gone from the disk."""

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.sandbox.cast import USERS
from tests.support.bot_database import corrections_by_face, database_file, rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import (
    NOTED_SAD,
    PORTRAIT,
    SAD,
    answer_to,
    ask_in_group,
    button_labels,
    tap,
)
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import ALEX, ANNA, Json, SandboxClient, buttons, text_of

CARLA = 7_123_456_789  # bytes of this id do not occur by chance


def test_a_tap_works_after_a_restart(sandbox: BotSandbox, people: SandboxClient) -> None:
    first = sandbox.start_bot()
    answer = answer_to(people)
    assert first.stop() == 0
    sandbox.start_bot()
    toast, answer = tap(people, answer, SAD)
    assert toast == "Got it: 😢 Sad. Thanks!"
    assert button_labels(answer) == NOTED_SAD


def test_a_tap_while_the_bot_was_stopped_counts_after_its_start(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot()
    answer = answer_to(people)
    assert first.stop() == 0
    people.expire(people.press_label(answer, SAD))
    sandbox.start_bot()
    edited = people.wait_for(lambda event: event["type"] == "edited")["message"]
    assert button_labels(edited) == NOTED_SAD
    assert list(corrections_by_face(sandbox).values()) == [["sad"]]


def test_an_admin_may_correct_in_a_group(sandbox: BotSandbox, people: SandboxClient) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    ask_in_group(people)
    answer = people.wait_for_message()
    toast, answer = tap(people, answer, SAD, user=ALEX)
    assert toast == "Got it: 😢 Sad. Thanks!"
    assert rows(sandbox, "SELECT user_id, said FROM corrections") == [(ALEX, "sad")]


def test_two_taps_at_once_are_both_stored_and_the_later_one_is_shown(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    ask_in_group(people)
    answer = people.wait_for_message()
    right, sad = (button["callback_data"] for button in buttons(answer)[:2])
    mark = people.set_mark()
    # Forced: the buttons that Alex sees may be those of a moment ago.
    queries = [people.press(answer, right), people.press(answer, sad, user=ALEX, force=True)]
    people.mark = mark
    for query, label in zip(queries, ("😊 Happy", "😢 Sad"), strict=True):
        assert people.wait_for_answer(query)["text"] == f"Got it: {label}. Thanks!"
    said = rows(sandbox, "SELECT user_id, said FROM corrections ORDER BY id")
    assert sorted(said) == [(ALEX, "sad"), (ANNA, "happy")]
    # Whatever the buttons showed meanwhile, they show what stands once somebody looks again.
    people.press(answer, right[:-1] + "f", force=True)
    standing = {"happy": "✔ It's 😊 Happy", "sad": "✔ It's 😢 Sad"}[said[-1][1]]
    people.wait_for(
        lambda event: event["type"] == "edited" and button_labels(event["message"])[0] == standing,
        after=0,
    )


def test_expired_faces_are_erased_and_cannot_be_corrected(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot(BOT_CROP_DAYS="1")
    answer = answer_to(people)
    assert first.stop() == 0
    ((left,),) = rows(sandbox, "SELECT expires_at - unixepoch() FROM faces")
    assert 86_000 < left <= 86_400
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        connection.execute("UPDATE faces SET expires_at = expires_at - 86400")
        connection.commit()
    again = sandbox.start_bot(BOT_CROP_DAYS="1")
    again.wait_for_log("Faces expired and erased: 1")
    assert b"PNG" not in all_bytes_in(sandbox.folder)
    told = people.wait_for_answer(people.press_label(answer, SAD))
    assert "too long ago" in told["text"]
    assert corrections_by_face(sandbox) == {}


def test_an_acknowledged_tap_survives_a_kill(sandbox: BotSandbox, people: SandboxClient) -> None:
    bot = sandbox.start_bot()
    answer = answer_to(people)
    for label in (SAD, "Undo", "Not a face"):
        query = people.press_label(answer, label)
        people.wait_for_answer(query)
        if label != "Not a face":
            answer = people.wait_for(lambda event: event["type"] == "edited", after=people.mark)[
                "message"
            ]
    bot.signal(signal.SIGKILL)
    bot.wait()
    assert list(corrections_by_face(sandbox).values()) == [["sad", "withdrawn", "not_a_face"]]
    sandbox.start_bot()
    # The last tap may come again, and change the buttons of the old answer once more.
    people.send_photo(PORTRAIT)
    again = people.wait_for_message(edited=False)
    assert button_labels(again) == ["✔ Not a face", "Undo", "Why?"]


def all_bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def carla(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whose id and name can be searched for in files."""
    person = {
        "id": CARLA,
        "is_bot": False,
        "first_name": "Carla-Ludovica",
        "username": "carlaludovica",
        "language_code": "en",
    }
    monkeypatch.setitem(USERS, CARLA, person)


@pytest.mark.usefixtures("carla")
def test_forget_leaves_nothing_of_a_user_anywhere(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot(BOT_ADMINS=str(ALEX))
    needles = [str(CARLA).encode(), CARLA.to_bytes(6, "big"), b"Ludovica", b"carlaludovica"]
    people.send_photo(PORTRAIT, "of Ludovica", user=CARLA)
    tap(people, people.wait_for_message(), SAD, user=CARLA)
    people.send_text("/review", user=ALEX)
    tap(people, people.wait_for_message(chat=ALEX), "Accept", user=ALEX)
    assert rows(sandbox, "SELECT decision FROM reviews") == [("accepted",)]
    kept = answer_to(people, jpeg_of(portrait().rotate(10)))
    assert CARLA.to_bytes(6, "big") in all_bytes_in(sandbox.folder)
    crops = [row[0][-200:] for row in rows(sandbox, "SELECT crop FROM faces ORDER BY id")]
    taps = [
        str(row[0]).encode()
        for row in rows(sandbox, "SELECT id FROM processed_taps WHERE user_id > 7e9")
    ]
    people.send_text("/forget", user=CARLA)
    _, edited = tap(people, people.wait_for_message(), "Erase everything", user=CARLA)
    assert text_of(edited).startswith(
        "Erased: my answers to 1 photo, the cut-outs of 1 face, 1 corr"
    )
    assert text_of(edited).endswith("nothing about you any more.")
    left = all_bytes_in(sandbox.folder)
    assert [needle for needle in [*needles, *taps, crops[0]] if needle in left] == []
    assert crops[1] in left
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        assert [line for line in connection.iterdump() if str(CARLA) in line] == []
    assert rows(sandbox, "SELECT user_id FROM photos") == [(ANNA,)]
    assert rows(sandbox, "SELECT * FROM reviews") == []
    people.send_text("/mystats", user=CARLA)
    people.wait_for_text("You have not sent me any photos")
    # What others have is untouched.
    tap(people, kept, SAD)
    assert bot.stop() == 0
    assert [needle for needle in needles if needle in all_bytes_in(sandbox.folder)] == []
    assert str(CARLA) not in bot.log


def test_mydata_is_a_file_with_the_faces(
    sandbox: BotSandbox, people: SandboxClient, tmp_path: Path
) -> None:
    sandbox.start_bot()
    answer_to(people)
    people.fault("sendDocument", "bad_gateway")  # so that the file is sent twice
    people.send_text("/mydata")
    document = people.wait_for_message()["document"]
    assert document["file_name"] == "photo-mood-data.zip"
    file = tmp_path / "data.zip"
    file.write_bytes(people.file(document["file_id"]))
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2


def test_a_photo_in_hand_is_in_mydata_and_forgotten(
    sandbox: BotSandbox, people: SandboxClient, tmp_path: Path
) -> None:
    people.fault("file", "timeout", times=9, seconds=60)
    sandbox.start_bot()
    people.send_photo(PORTRAIT, "of Ludovica")
    people.wait_for(lambda event: event["type"] == "action")
    people.send_text("/mydata")
    waiting = data_in(people, people.wait_for_message(), tmp_path)["waiting"]
    assert waiting[0]["content"]["message"]["caption"] == "of Ludovica"
    people.send_text("/forget")
    asked = people.wait_for_message()
    tap(people, asked, "Erase everything")
    assert b"Ludovica" not in all_bytes_in(sandbox.folder)


def data_in(people: SandboxClient, message: Json, folder: Path) -> Json:
    """Return what is in `data.json` of a file that the bot sent."""
    file = folder / "data.zip"
    file.write_bytes(people.file(message["document"]["file_id"]))
    with ZipFile(file) as archive:
        return dict(json.loads(archive.read("data.json")))


def assert_start_is_refused(sandbox: BotSandbox, told: str, status: int = 1) -> None:
    bot = sandbox.start_bot(ready=False)
    assert bot.wait() == status
    assert "The database cannot be used" in bot.log
    assert told in bot.log
    assert "Traceback" not in bot.log


def test_a_database_of_a_newer_version_is_left_unchanged(sandbox: BotSandbox) -> None:
    assert sandbox.start_bot().stop() == 0
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
        connection.commit()
        before = list(connection.iterdump())
    assert_start_is_refused(sandbox, "newer version of the bot", status=2)
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        assert list(connection.iterdump()) == before


def test_the_bot_does_not_start_when_a_migration_fails(sandbox: BotSandbox) -> None:
    assert sandbox.start_bot().stop() == 0
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        # Its columns are there already.
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
        connection.commit()
        before = list(connection.iterdump())
    assert_start_is_refused(
        sandbox, "failed and was undone: (sqlite3.OperationalError) duplicate column name"
    )
    with closing(sqlite3.connect(database_file(sandbox))) as connection:
        assert list(connection.iterdump()) == before


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_a_file_that_is_not_a_database_is_refused(sandbox: BotSandbox, kind: str) -> None:
    file = database_file(sandbox)
    if kind == "folder":
        file.mkdir(parents=True)
        assert_start_is_refused(sandbox, "unable to open database file")
    else:
        file.parent.mkdir()
        file.write_text("this is no database\n" * 500)
        assert_start_is_refused(
            sandbox, "file is not a database. What to do about it: photo-mood check"
        )
        assert file.read_text() == "this is no database\n" * 500
