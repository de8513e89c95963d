"""What people are told about messages and taps that are not handled."""

import json

import pytest

from bot.context import MoodApplication
from bot.inbox.inbox import MAX_IN_HAND
from bot.replies import help as help_replies
from bot.replies import inbox as replies
from bot.storage import inbox as storage
from bot.storage.database import Database
from bot.storage.inbox import NewUpdate
from tests.support.fake_telegram import GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command

MOST = MAX_IN_HAND // 2  # updates of one person in hand
MENTION = {
    "text": f"@{USERNAME}",
    "entities": [{"type": "mention", "offset": 0, "length": 1 + len(USERNAME)}],
}
UNPARSABLE = {"forward_origin": {"type": "hidden_user", "date": 1422450181}}


def text(anna: FakeUser, number: int, **content: Json) -> Json:
    """Return an update with a text from Anna."""
    return {"update_id": number, "message": anna.message(text="hello", **content)}


async def leave_by_two_processes(database: Database, update: Json, kind: str) -> None:
    """Store an update as if two processes had ended while they handled it."""
    new = NewUpdate(
        update_id=update["update_id"], kind=kind, chat_id=1, user_id=1, content=json.dumps(update)
    )
    await storage.add(database, [new], now=0)
    await storage.take_up(database)


async def handle(application: MoodApplication, *updates: Json) -> None:
    await application.inbox.accept(updates)
    await application.inbox.wait_until_empty()


async def test_who_sends_too_much_at_once_is_told_once(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram
) -> None:
    updates = [text(anna, number) for number in range(1, MOST + 4)]
    taps = [anna.tap_update("any", update_id=900 + number) for number in range(2)]
    await handle(application, *updates, *taps)
    told = [said for said in telegram.texts if said != help_replies.send_a_photo()]
    assert len(telegram.texts) - len(told) == MOST
    assert told == [replies.too_many_in_hand(MOST)]
    assert telegram.toasts == ["", ""]  # so that the button does not go on loading


async def test_who_taps_too_much_at_once_is_told_once(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram
) -> None:
    taps = [anna.tap_update("any", update_id=900 + number) for number in range(MOST + 2)]
    await handle(application, *taps)
    told = [toast for toast in telegram.toasts if "I do not know this button" not in toast]
    assert sorted(told) == ["", replies.too_many_in_hand(MOST)]
    assert telegram.texts == []


@pytest.mark.parametrize(
    ("content", "is_for_bot"),
    [
        ({}, True),
        ({"chat": GROUP}, False),
        ({"chat": GROUP, **command("/mood")}, True),
        ({"chat": GROUP, **command("/mood@another_bot")}, False),
        ({"chat": GROUP, **MENTION}, True),
    ],
)
async def test_a_message_that_is_set_aside_gets_an_apology_if_it_was_for_the_bot(
    application: MoodApplication,
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    content: Json,
    is_for_bot: bool,
) -> None:
    update = {"update_id": 5, "message": anna.message(**{"text": "hello", **content})}
    await leave_by_two_processes(database, update, "message")
    await application.inbox.take_up()
    await application.inbox.wait_until_empty()
    assert telegram.texts == ([replies.set_aside()] if is_for_bot else [])


async def test_a_tap_that_is_set_aside_gets_an_apology(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await leave_by_two_processes(database, anna.tap_update("any", update_id=5), "callback_query")
    await application.inbox.take_up()
    await application.inbox.wait_until_empty()
    assert telegram.toasts == [replies.set_aside()]
    assert telegram.called("answerCallbackQuery")[0]["show_alert"]


async def test_a_message_that_cannot_be_read_gets_a_reply_in_the_language_of_its_sender(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram
) -> None:
    update = text(anna, 5, **UNPARSABLE)
    update["message"]["from"] = {**update["message"]["from"], "language_code": "de"}
    await handle(application, update)
    (sent,) = telegram.called("sendMessage")
    assert sent["text"].startswith("Ich kann diese Nachricht nicht lesen.")
    assert sent["reply_parameters"] == {
        "message_id": update["message"]["message_id"],
        "allow_sending_without_reply": True,
    }
