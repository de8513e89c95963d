"""Updates that are delivered several times, at once or again after a restart."""

import signal

import pytest

from tests.support.bot_database import corrections_by_face, dump, rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import NOTED_SAD, SAD, button_labels, wait_until_all_is_answered
from tests.support.pictures import jpeg_bytes
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import BEN, Json, SandboxClient, text_of

SAID_LAST = "Send me a photo, and I will tell you"
FACES_OF_OTHERS = """
    SELECT count(*) FROM faces LEFT JOIN photos ON photos.id = photo_id WHERE user_id IS NOT ?
"""


def deliver_next_three_times(people: SandboxClient) -> None:
    people.fault("getUpdates", "duplicate_update", copies=3)


def all_messages(people: SandboxClient) -> list[Json]:
    """Return Anna's chat once the bot has answered everything sent before."""
    wait_until_all_is_answered(people, BEN)
    return people.messages()


def test_photos_taps_and_commands_delivered_three_times_count_once(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    sandbox.start_bot()
    deliver_next_three_times(people)
    people.send_photo(jpeg_of(portrait()))
    answer = people.wait_for_message()
    assert len(all_messages(people)) == 2
    assert rows(sandbox, "SELECT count(*) FROM answers WHERE user_id != ?", BEN) == [(1,)]
    for label, stored in ((SAD, ["sad"]), ("Undo", ["sad", "withdrawn"])):
        deliver_next_three_times(people)
        people.press_label(answer, label)
        answer = people.wait_for(lambda event: event["type"] == "edited")["message"]
        all_messages(people)
        assert list(corrections_by_face(sandbox).values()) == [stored]
    deliver_next_three_times(people)
    people.press_label(answer, "Why?")
    people.wait_for_text("The orange parts speak for")
    assert len(all_messages(people)) == 3
    deliver_next_three_times(people)
    people.send_text("/forget")
    asked = people.wait_for_text("Erase everything I keep")
    assert len(all_messages(people)) == 5
    deliver_next_three_times(people)
    people.press_label(asked, "Erase")
    erased = people.wait_for_text("Erased: ")
    assert "1 photo" in text_of(erased)
    all_messages(people)
    assert text_of(people.message(asked["message_id"])) == text_of(erased)
    assert rows(sandbox, FACES_OF_OTHERS, BEN) == [(0,)]


def test_updates_delivered_again_after_a_kill_change_nothing(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    bot = sandbox.start_bot()
    people.send_photo(jpeg_of(portrait()))
    answer = people.wait_for_message()
    people.press_label(answer, SAD)
    answer = people.wait_for(lambda event: event["type"] == "edited")["message"]
    people.send_photo(jpeg_bytes())
    people.wait_for_message()
    messages = all_messages(people)
    while rows(sandbox, "SELECT id FROM answers WHERE NOT delivered"):
        pass  # it is about to be noted that all answers have arrived
    before = dump(sandbox)
    bot.signal(signal.SIGKILL)
    bot.wait()
    for _ in range(2):
        assert people.deliver_again() >= 5
        bot = sandbox.start_bot()
        people.send_text("done?", user=BEN)
        people.wait_for_text(SAID_LAST, chat=BEN)  # it has taken everything sent before
        assert bot.stop() == 0  # and answers all that it has taken
        assert people.messages() == messages
        assert button_labels(people.message(answer["message_id"])) == NOTED_SAD
        assert dump(sandbox) == before


@pytest.mark.parametrize("wish", ["/forget", "/mydata", "/mystats"])
def test_a_command_delivered_three_times_is_answered_once(
    sandbox: BotSandbox, people: SandboxClient, wish: str
) -> None:
    sandbox.start_bot()
    people.send_photo(jpeg_bytes())
    people.wait_for_message()
    deliver_next_three_times(people)
    people.send_text(wish)
    people.wait_for_message()
    assert len(all_messages(people)) == 4
