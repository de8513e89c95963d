"""Buttons of messages that are older than what the database holds."""

import shutil

from tests.support.bot_database import corrections_by_face, database_file, rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import SAD, answer_to, tap
from tests.support.portraits import jpeg_of, portrait
from tests.support.sandbox_client import ALEX, BEN, Json, SandboxClient, buttons, text_of


def send_command(people: SandboxClient, command: str) -> Json:
    """Send an admin's command; return the bot's answer."""
    people.send_text(command, user=ALEX)
    return people.wait_for_message(chat=ALEX)


def told(people: SandboxClient, message: Json, button: Json) -> str:
    """Tap a button that a message had, in whose chat it is; return the alert or the toast."""
    user = message["chat"]["id"]
    query = people.press(message, button["callback_data"], user=user, force=True)
    return str(people.wait_for_answer(query)["text"])


def test_after_the_data_was_lost_old_buttons_change_nothing(
    sandbox: BotSandbox, people: SandboxClient
) -> None:
    first = sandbox.start_bot(BOT_ADMINS=str(ALEX))
    _, old = tap(people, answer_to(people), SAD)
    review = send_command(people, "/review")
    tap(people, review, "Accept", user=ALEX)
    offer = send_command(people, "/retrain")
    assert first.stop() == 0
    shutil.rmtree(database_file(sandbox).parent)
    sandbox.start_bot(BOT_ADMINS=str(ALEX))
    tap(people, answer_to(people, jpeg_of(portrait().rotate(10))), SAD)
    stored = corrections_by_face(sandbox)
    assert stored == {1: ["sad"]}  # the ids begin again
    for button in buttons(old):
        assert told(people, old, button).startswith("I know nothing about this photo any more")
    for button in buttons(review):
        assert told(people, review, button).startswith("I no longer have this correction")
    assert told(people, offer, buttons(offer)[0]).startswith("This button no longer works")
    assert corrections_by_face(sandbox) == stored
    assert rows(sandbox, "SELECT * FROM reviews") == []
    assert rows(sandbox, "SELECT * FROM runs") == []


def test_forget_tells_what_it_did_even_if_its_question_was_deleted(chat: SandboxClient) -> None:
    chat.send_photo(jpeg_of(portrait()), user=BEN)
    chat.wait_for_message(chat=BEN)
    chat.send_text("/forget", user=BEN)
    asked = chat.wait_for_message(chat=BEN)
    chat.fault("editMessageText", "edit_not_found")
    chat.press_label(asked, "Erase everything", user=BEN)
    assert text_of(chat.wait_for_message(chat=BEN)).startswith("Erased: my answers to")
