"""Answers in the topics of a forum."""

import pytest
from telegram.error import BadRequest

from bot.context import MoodApplication
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import BOT_USER, FakeTelegram, Json
from tests.support.fake_user import FakeUser, change_settings, command

TOPIC = 7
FORUM: Json = {"id": -1003, "type": "supergroup", "title": "Walks", "is_forum": True}
IN_TOPIC: Json = {"chat": FORUM, "message_thread_id": TOPIC, "is_topic_message": True}
# A reply in the topic "General" has the number of its thread, which is that of no topic.
IN_GENERAL: Json = {"chat": FORUM, "message_thread_id": 3}
SENDING = ("sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "sendChatAction")


def topics(telegram: FakeTelegram) -> set[int | None]:
    """Return the topics of everything that was sent."""
    return {call.get("message_thread_id") for name, call in telegram.calls if name in SENDING}


@pytest.mark.parametrize(("place", "topic"), [(IN_TOPIC, TOPIC), (IN_GENERAL, None)])
async def test_typing_and_the_answer_go_to_the_topic(
    anna: FakeUser, telegram: FakeTelegram, place: Json, topic: int | None
) -> None:
    asking = command("/mood")
    await anna.send(anna.message(**place, **asking, reply_to_message=anna.photo(**place)))
    assert {name for name, _ in telegram.calls} >= {"sendChatAction", "sendMessage"}
    assert topics(telegram) == {topic}


async def test_drawings_and_explanations_go_to_the_topic(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    asking = command("/mood")
    await anna.send(anna.message(**IN_TOPIC, **asking, reply_to_message=anna.photo(**IN_TOPIC)))
    answer = {"message_id": 50, "date": 1, "from": BOT_USER, "text": "an answer", **IN_TOPIC}
    await anna.tap("1", message=answer)
    await anna.tap("Why?", message=answer)
    assert len(telegram.called("sendPhoto")) == 2
    assert topics(telegram) == {TOPIC}


async def test_an_album_is_answered_in_the_topic(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    said = anna.message(**IN_TOPIC, text="Reply with a photo", **{"from": BOT_USER})
    album = {**IN_TOPIC, "media_group_id": "a", "reply_to_message": said}
    await anna.send(anna.photo(**album), anna.photo(**album))
    assert telegram.called("sendMediaGroup")
    assert topics(telegram) == {TOPIC}


async def test_refusals_and_apologies_go_to_the_topic(
    application: MoodApplication, anna: FakeUser, telegram: FakeTelegram
) -> None:
    change_settings(application, bot_photos_a_day=0)
    said = anna.message(**IN_TOPIC, text="Reply with a photo", **{"from": BOT_USER})
    await anna.send(anna.photo(**IN_TOPIC, reply_to_message=said))
    telegram.fail("getChatAdministrators", BadRequest("something unheard of"))
    await anna.send(anna.message(**IN_TOPIC, **command("/language")))
    assert len(telegram.texts) == 2
    assert topics(telegram) == {TOPIC}
