"""What was tapped is kept, and what was erased is gone."""

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from bot.sandbox.cast import USERS
from tests.end_to_end.test_corrections import NOTED_SAD, SAD, histories, labels, tapped
from tests.support.bot_process import Place
from tests.support.portraits import ASTRONAUT, jpeg_of, portrait
from tests.support.sandbox_client import ALEX, ANNA, GROUP, Json, SandboxClient, buttons, text_of

CARLA = 7_123_456_789  # an id whose bytes are no accident
PORTRAIT = ASTRONAUT.read_bytes()


def database_of(place: Place) -> Path:
    return place.folder / "data" / "bot.sqlite3"


def ask(place: Place, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database_of(place))) as connection:
        return connection.execute(question).fetchall()


def answered(anna: SandboxClient, photo: bytes = PORTRAIT) -> Json:
    anna.send_photo(photo)
    return anna.wait_for_message()


def test_a_tap_works_after_a_restart(place: Place, anna: SandboxClient) -> None:
    first = place.start_bot()
    answer = answered(anna)
    assert first.stop() == 0
    place.start_bot()
    toast, answer = tapped(anna, answer, SAD)
    assert toast == "Noted as 😢 Sad. Thank you!"
    assert labels(answer) == NOTED_SAD


def test_a_tap_from_while_the_bot_was_away_is_followed(place: Place, anna: SandboxClient) -> None:
    first = place.start_bot()
    answer = answered(anna)
    assert first.stop() == 0
    anna.expire(anna.press_label(answer, SAD))
    place.start_bot()
    edited = anna.wait_for(lambda event: event["type"] == "edited")["message"]
    assert labels(edited) == NOTED_SAD
    assert list(histories(place.folder).values()) == [["sad"]]


def test_an_admin_may_correct_in_a_group(place: Place, anna: SandboxClient) -> None:
    place.start_bot(BOT_ADMINS=str(ALEX))
    anna.send_photo(PORTRAIT, "/mood", chat=GROUP)
    answer = anna.wait_for_message()
    toast, answer = tapped(anna, answer, SAD, user=ALEX)
    assert toast == "Noted as 😢 Sad. Thank you!"
    assert ask(place, "SELECT user_id, said FROM corrections") == [(ALEX, "sad")]


def test_when_two_tap_at_once_both_are_heard_and_the_later_word_stands(
    place: Place, anna: SandboxClient
) -> None:
    place.start_bot(BOT_ADMINS=str(ALEX))
    anna.send_photo(PORTRAIT, "/mood", chat=GROUP)
    answer = anna.wait_for_message()
    right, sad = (button["callback_data"] for button in buttons(answer)[:2])
    mark = anna.set_mark()
    # Forced: the buttons that Alex sees may be those of a moment ago.
    queries = [anna.press(answer, right), anna.press(answer, sad, user=ALEX, force=True)]
    anna.mark = mark
    for query, label in zip(queries, ("😊 Happy", "😢 Sad"), strict=True):
        assert anna.wait_for_answer(query)["text"] == f"Noted as {label}. Thank you!"
    said = ask(place, "SELECT user_id, said FROM corrections ORDER BY id")
    assert sorted(said) == [(ALEX, "sad"), (ANNA, "happy")]
    # Whatever the buttons showed meanwhile, they show what stands once somebody looks again.
    anna.press(answer, right[:-1] + "f", force=True)
    standing = {"happy": "✔ noted as 😊 Happy", "sad": "✔ noted as 😢 Sad"}[said[-1][1]]
    anna.wait_for(
        lambda event: event["type"] == "edited" and labels(event["message"])[0] == standing, after=0
    )


def test_after_the_days_of_the_setting_it_is_too_late(place: Place, anna: SandboxClient) -> None:
    first = place.start_bot(BOT_CROP_DAYS="1")
    answer = answered(anna)
    assert first.stop() == 0
    ((left,),) = ask(place, "SELECT expires_at - unixepoch() FROM faces")
    assert 86_000 < left <= 86_400
    with closing(sqlite3.connect(database_of(place))) as connection:
        connection.execute("UPDATE faces SET expires_at = expires_at - 86400")
        connection.commit()
    again = place.start_bot(BOT_CROP_DAYS="1")
    again.wait_for_log("Faces expired and erased: 1")
    assert b"PNG" not in everything_in(place.folder)
    told = anna.wait_for_answer(anna.press_label(answer, SAD))
    assert "too long ago" in told["text"]
    assert histories(place.folder) == {}


def test_what_was_acknowledged_last_is_what_is_shown_after_a_kill(
    place: Place, anna: SandboxClient
) -> None:
    bot = place.start_bot()
    answer = answered(anna)
    for label in (SAD, "Undo", "Not a face"):
        query = anna.press_label(answer, label)
        anna.wait_for_answer(query)
        if label != "Not a face":
            answer = anna.wait_for(lambda event: event["type"] == "edited", after=anna.mark)[
                "message"
            ]
    bot.signal(signal.SIGKILL)
    bot.status()
    assert list(histories(place.folder).values()) == [["sad", "withdrawn", "not_a_face"]]
    place.start_bot()
    again = answered(anna)
    assert labels(again) == ["✔ noted as not a face", "Undo"]


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def carla(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person whose id and name can be searched for in a file."""
    person = {
        "id": CARLA,
        "is_bot": False,
        "first_name": "Carla-Ludovica",
        "username": "carlaludovica",
        "language_code": "en",
    }
    monkeypatch.setitem(USERS, CARLA, person)


@pytest.mark.usefixtures("carla")
def test_forget_leaves_nothing_of_a_user_anywhere(place: Place, anna: SandboxClient) -> None:
    bot = place.start_bot(BOT_ADMINS=str(ALEX))
    needles = [str(CARLA).encode(), CARLA.to_bytes(6, "big"), b"Ludovica", b"carlaludovica"]
    anna.send_photo(PORTRAIT, "of Ludovica", user=CARLA)
    tapped(anna, anna.wait_for_message(), SAD, user=CARLA)
    anna.send_text("/review", user=ALEX)
    tapped(anna, anna.wait_for_message(chat=ALEX), "Accept", user=ALEX)
    assert ask(place, "SELECT decision FROM reviews") == [("accepted",)]
    kept = answered(anna, jpeg_of(portrait().rotate(10)))
    assert CARLA.to_bytes(6, "big") in everything_in(place.folder)
    crops = [row[0][-200:] for row in ask(place, "SELECT crop FROM faces ORDER BY id")]
    taps = [
        str(row[0]).encode()
        for row in ask(place, "SELECT id FROM processed_taps WHERE user_id > 7e9")
    ]
    anna.send_text("/forget", user=CARLA)
    _, edited = tapped(anna, anna.wait_for_message(), "Erase everything", user=CARLA)
    assert text_of(edited).startswith(
        "Erased: my answers to 1 photo, the cut-outs of 1 face, 1 corr"
    )
    assert text_of(edited).endswith("nothing about you any more.")
    left = everything_in(place.folder)
    assert [needle for needle in [*needles, *taps, crops[0]] if needle in left] == []
    assert crops[1] in left
    with closing(sqlite3.connect(database_of(place))) as connection:
        assert [line for line in connection.iterdump() if str(CARLA) in line] == []
    assert ask(place, "SELECT user_id FROM photos") == [(ANNA,)]
    assert ask(place, "SELECT * FROM reviews") == []
    anna.send_text("/mystats", user=CARLA)
    anna.wait_for_text("You have not sent me any photos")
    # What others have is untouched.
    tapped(anna, kept, SAD)
    assert bot.stop() == 0
    assert [needle for needle in needles if needle in everything_in(place.folder)] == []
    assert str(CARLA) not in bot.log


def test_mydata_is_a_file_with_the_faces(place: Place, anna: SandboxClient, tmp_path: Path) -> None:
    place.start_bot()
    answered(anna)
    anna.send_text("/mydata")
    document = anna.wait_for_message()["document"]
    assert document["file_name"] == "photo-mood-data.zip"
    file = tmp_path / "data.zip"
    file.write_bytes(anna.file(document["file_id"]))
    with ZipFile(file) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2


def refused_start(place: Place, told: str) -> None:
    bot = place.start_bot(ready=False)
    assert bot.status() == 1
    assert "The database cannot be used" in bot.log
    assert told in bot.log
    assert "Traceback" not in bot.log


def test_a_database_of_a_newer_bot_is_not_touched(place: Place) -> None:
    assert place.start_bot().stop() == 0
    with closing(sqlite3.connect(database_of(place))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
        connection.commit()
        before = list(connection.iterdump())
    refused_start(place, "newer version of the bot")
    with closing(sqlite3.connect(database_of(place))) as connection:
        assert list(connection.iterdump()) == before


def test_without_a_migration_that_fails_the_bot_does_not_start(place: Place) -> None:
    assert place.start_bot().stop() == 0
    with closing(sqlite3.connect(database_of(place))) as connection:
        # Its columns are there already.
        connection.execute("UPDATE alembic_version SET version_num = '0005'")
        connection.commit()
        before = list(connection.iterdump())
    refused_start(place, "failed and was undone: (sqlite3.OperationalError) duplicate column name")
    with closing(sqlite3.connect(database_of(place))) as connection:
        assert list(connection.iterdump()) == before


@pytest.mark.parametrize("kind", ["text", "folder"])
def test_what_is_no_database_is_refused(place: Place, kind: str) -> None:
    file = database_of(place)
    if kind == "folder":
        file.mkdir(parents=True)
        refused_start(place, "unable to open database file")
    else:
        file.parent.mkdir()
        file.write_text("this is no database\n" * 500)
        refused_start(place, "file is not a database")
        assert file.read_text() == "this is no database\n" * 500
