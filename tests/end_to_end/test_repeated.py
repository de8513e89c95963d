"""Updates that come more than once: at once, or again after a restart."""

import signal
import sqlite3
from contextlib import closing

import pytest

from tests.end_to_end.test_corrections import NOTED_SAD, SAD, histories, labels
from tests.end_to_end.test_corrections_kept import ask, database_of
from tests.support.bot_process import Place
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import BEN, Json, SandboxClient, text_of

SAID_LAST = "Send me a photo, and I will tell you"


def thrice(anna: SandboxClient) -> None:
    """The next update is delivered three times."""
    anna.fault("getUpdates", "duplicate_update", copies=3)


def all_done(anna: SandboxClient) -> list[Json]:
    """Anna's chat, when everything sent before has been dealt with."""
    anna.send_text("done?", user=BEN)
    anna.wait_for_text(SAID_LAST, chat=BEN)
    return anna.messages()


def dump(place: Place) -> list[str]:
    """The database as SQL."""
    with closing(sqlite3.connect(database_of(place))) as connection:
        return list(connection.iterdump())


def test_a_photo_a_tap_and_a_wish_in_three_copies_count_once(
    place: Place, anna: SandboxClient
) -> None:
    place.start_bot()
    thrice(anna)
    anna.send_photo(jpeg_of(portrait()))
    answer = anna.wait_for_message()
    assert len(all_done(anna)) == 2
    assert ask(place, "SELECT count(*) FROM answers") == [(1,)]
    for label, stored in ((SAD, ["sad"]), ("Undo", ["sad", "withdrawn"])):
        thrice(anna)
        anna.press_label(answer, label)
        answer = anna.wait_for(lambda event: event["type"] == "edited")["message"]
        all_done(anna)
        assert list(histories(place.folder).values()) == [stored]
    thrice(anna)
    anna.press_label(answer, "Why?")
    anna.wait_for_text("Orange spoke for")
    assert len(all_done(anna)) == 3
    thrice(anna)
    anna.send_text("/forget")
    asked = anna.wait_for_text("Shall I erase")
    assert len(all_done(anna)) == 5
    thrice(anna)
    anna.press_label(asked, "Erase")
    erased = anna.wait_for_text("Erased: ")
    assert "1 photo" in text_of(erased)
    all_done(anna)
    assert text_of(anna.message(asked["message_id"])) == text_of(erased)
    assert ask(place, "SELECT count(*) FROM faces") == [(0,)]


def test_what_comes_again_after_a_kill_changes_nothing(place: Place, anna: SandboxClient) -> None:
    bot = place.start_bot()
    anna.send_photo(jpeg_of(portrait()))
    answer = anna.wait_for_message()
    anna.press_label(answer, SAD)
    answer = anna.wait_for(lambda event: event["type"] == "edited")["message"]
    anna.send_photo(jpeg_bytes())
    anna.wait_for_message()
    while ask(place, "SELECT id FROM answers WHERE NOT delivered"):
        pass  # it is about to be noted that both answers have arrived
    messages, before = all_done(anna), dump(place)
    for _ in range(2):
        bot.signal(signal.SIGKILL)
        bot.status()
        assert anna.deliver_again() >= 3
        bot = place.start_bot()
        assert all_done(anna) == messages
        assert labels(anna.message(answer["message_id"])) == NOTED_SAD
        assert dump(place) == before


@pytest.mark.parametrize("wish", ["/forget", "/mydata", "/mystats"])
def test_a_command_in_three_copies_is_answered_once(
    place: Place, anna: SandboxClient, wish: str
) -> None:
    place.start_bot()
    anna.send_photo(jpeg_bytes())
    anna.wait_for_message()
    thrice(anna)
    anna.send_text(wish)
    anna.wait_for_message()
    assert len(all_done(anna)) == 4
