"""Albums that Telegram delivers in several parts."""

import asyncio

from bot.context import MoodApplication
from bot.replies import help as help_replies
from tests.support.fake_model import FakePredictor
from tests.support.fake_telegram import GROUP, FakeTelegram, Json
from tests.support.fake_user import FakeUser

HAPPY = "😊 Happy, 97\u202f% sure"
ASKING: Json = {
    "caption": "/mood",
    "caption_entities": [{"type": "bot_command", "offset": 0, "length": 5}],
}
IN_GROUP: Json = {"chat": GROUP, "media_group_id": "a"}


async def test_a_part_that_comes_while_others_are_judged_is_in_the_same_answer(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    application: MoodApplication,
) -> None:
    predictor.gate.clear()
    first, second = anna.photo(**IN_GROUP, **ASKING), anna.photo(**IN_GROUP)
    sending = asyncio.create_task(anna.send(first))
    await asyncio.to_thread(predictor.began.wait, 10)
    await application.inbox.accept([{"update_id": second["message_id"], "message": second}])
    predictor.gate.set()
    await sending
    (sent,) = telegram.called("sendMessage")
    assert sent["text"].startswith("2 pictures: 2 😊")
    assert sent["reply_parameters"]["message_id"] == first["message_id"]


async def test_in_a_group_a_part_that_comes_after_the_answer_needs_no_caption(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo(**IN_GROUP, **ASKING), anna.photo(**IN_GROUP))
    late = anna.photo(**IN_GROUP)
    await anna.send(late)
    assert [text.splitlines()[0] for text in telegram.texts] == [
        "2 pictures: 2 😊",
        HAPPY,
    ]
    assert telegram.called("sendMessage")[1]["reply_parameters"]["message_id"] == late["message_id"]
    await anna.send(anna.photo(chat=GROUP, media_group_id="another"))
    assert len(telegram.texts) == 2


async def test_in_a_group_a_part_that_asks_brings_an_answer_about_those_before_it(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    first = anna.document("1.png", "image/png", **IN_GROUP)
    await anna.send(first)
    assert telegram.texts == []
    await anna.send(anna.document("2.png", "image/png", **IN_GROUP, **ASKING))
    (sent,) = telegram.called("sendMessage")
    assert sent["text"].startswith("2 pictures: 2 😊")
    assert sent["reply_parameters"]["message_id"] == first["message_id"]


async def test_a_part_that_comes_again_is_answered_once(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    first, second = anna.photo(media_group_id="a"), anna.photo(media_group_id="a")
    await anna.send(first)
    await anna.send(first, second, update_id=90)
    await anna.send(first, second, update_id=92)
    assert telegram.texts == [HAPPY, HAPPY]


async def test_a_video_before_a_late_photo_gets_its_hint_once(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    # Too long, and without a thumbnail.
    video = {"file_id": "v", "file_unique_id": "v", "width": 9, "height": 9, "duration": 61}
    await anna.send(anna.message(video=video, media_group_id="a"))
    await anna.send(anna.photo(media_group_id="a"))
    assert telegram.texts == [help_replies.not_a_picture()["video"], HAPPY]
