"""Updates that come more than once: at once, or again after a restart."""

import signal

import pytest

from tests.support.bot_database import corrections_by_face, dump, rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import NOTED_SAD, SAD, button_labels
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import BEN, Json, SandboxClient, text_of

SAID_LAST = "Send me a photo, and I will tell you"


def thrice(people: SandboxClient) -> None:
    """The next update is delivered three times."""
    people.fault("getUpdates", "duplicate_update", copies=3)


def all_done(people: SandboxClient) -> list[Json]:
    """Anna's chat, when everything sent before has been dealt with."""
    people.send_text("done?", user=BEN)
    people.wait_for_text(SAID_LAST, chat=BEN)
    return people.messages()


def test_a_photo_a_tap_and_a_wish_in_three_copies_count_once(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot()
    thrice(people)
    people.send_photo(jpeg_of(portrait()))
    answer = people.wait_for_message()
    assert len(all_done(people)) == 2
    assert rows(sandbox, "SELECT count(*) FROM answers") == [(1,)]
    for label, stored in ((SAD, ["sad"]), ("Undo", ["sad", "withdrawn"])):
        thrice(people)
        people.press_label(answer, label)
        answer = people.wait_for(lambda event: event["type"] == "edited")["message"]
        all_done(people)
        assert list(corrections_by_face(sandbox).values()) == [stored]
    thrice(people)
    people.press_label(answer, "Why?")
    people.wait_for_text("Orange spoke for")
    assert len(all_done(people)) == 3
    thrice(people)
    people.send_text("/forget")
    asked = people.wait_for_text("Shall I erase")
    assert len(all_done(people)) == 5
    thrice(people)
    people.press_label(asked, "Erase")
    erased = people.wait_for_text("Erased: ")
    assert "1 photo" in text_of(erased)
    all_done(people)
    assert text_of(people.message(asked["message_id"])) == text_of(erased)
    assert rows(sandbox, "SELECT count(*) FROM faces") == [(0,)]


def test_what_comes_again_after_a_kill_changes_nothing(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.send_photo(jpeg_of(portrait()))
    answer = people.wait_for_message()
    people.press_label(answer, SAD)
    answer = people.wait_for(lambda event: event["type"] == "edited")["message"]
    people.send_photo(jpeg_bytes())
    people.wait_for_message()
    while rows(sandbox, "SELECT id FROM answers WHERE NOT delivered"):
        pass  # it is about to be noted that both answers have arrived
    messages, before = all_done(people), dump(sandbox)
    for _ in range(2):
        bot.signal(signal.SIGKILL)
        bot.status()
        assert people.deliver_again() >= 3
        bot = sandbox.start_bot()
        assert all_done(people) == messages
        assert button_labels(people.message(answer["message_id"])) == NOTED_SAD
        assert dump(sandbox) == before


@pytest.mark.parametrize("wish", ["/forget", "/mydata", "/mystats"])
def test_a_command_in_three_copies_is_answered_once(
    sandbox: BotSandbox, people: SandboxClient, wish: str
) -> None:
    sandbox.start_bot()
    people.send_photo(jpeg_bytes())
    people.wait_for_message()
    thrice(people)
    people.send_text(wish)
    people.wait_for_message()
    assert len(all_done(people)) == 4
