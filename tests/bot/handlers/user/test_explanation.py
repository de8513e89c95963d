"""The "Why?" button."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import update
from telegram.error import BadRequest

from bot.context import MoodApplication
from bot.replies import explanation as why_replies
from bot.storage.database import Database
from bot.storage.schema import faces
from model.faces.crops import encode_png
from model.prediction.results import Box, FaceInPhoto
from tests.support.fake_model import CROP, FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, ANNAS_CHAT, BEN, FakeTelegram, Json
from tests.support.fake_user import ANSWER, FakeUser

READ_LIKE_THIS = "The orange parts speak for 😢 Sad, the blue ones against it."
WHY = "Why?"


async def test_a_tap_is_answered_with_an_explanation(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.photo())
    await anna.tap(WHY)
    assert predictor.explained == [encode_png(CROP)]
    (sent,) = telegram.called("sendPhoto")
    assert sent["photo"] == b"drawing of why"
    assert telegram.texts[-1].splitlines() == ["😢 Sad, 80\u202f% sure", READ_LIKE_THIS]
    assert '"message_id": 1000' in str(sent["reply_parameters"]).replace("'", '"')
    assert telegram.toasts == [""]
    assert telegram.called("editMessageReplyMarkup") == []


async def test_a_confirmed_verdict_can_be_explained(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.tap("👍 Right")
    await anna.tap(WHY)
    assert len(telegram.called("sendPhoto")) == 1


@pytest.mark.parametrize(
    ("colors", "told"),
    [
        ({"orange"}, "The orange parts speak for 😢 Sad."),
        ({"blue"}, "The blue parts speak against 😢 Sad; no part speaks for it."),
        (set(), "No single part of the face decided it."),
    ],
)
async def test_the_caption_names_only_colors_that_can_be_seen(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    colors: set[str],
    told: str,
) -> None:
    predictor.colors = colors
    await anna.send(anna.photo())
    await anna.tap(WHY)
    assert telegram.texts[-1].splitlines()[-1] == told


def answer_to(question: Json) -> Json:
    """Return the tapped message as Telegram sends it: with the message that it replies to."""
    return {**ANSWER, "chat": ANNAS_CHAT, "reply_to_message": question}


async def test_the_face_is_shown_as_sharp_as_in_the_photo_that_was_sent(
    anna: FakeUser, predictor: FakePredictor
) -> None:
    photo = anna.photo(b"the photo")
    await anna.send(photo)
    await anna.tap(WHY, message=answer_to(photo))
    assert predictor.places == [FaceInPhoto(b"the photo", Box(0, 0, 9, 9))]


async def test_of_an_album_the_photo_that_is_at_hand_is_used_for_its_own_faces_only(
    anna: FakeUser, predictor: FakePredictor
) -> None:
    album = [anna.photo(data, media_group_id="a") for data in (b"1", b"2")]
    await anna.send(*album)
    for index in (0, 1):
        data = anna.data("w", index)
        await anna.press(data, message=answer_to(album[0]))
    assert predictor.places == [FaceInPhoto(b"1", Box(0, 0, 9, 9)), None]


@pytest.mark.parametrize("gone", ["question", "answer", "file"])
async def test_without_the_photo_the_stored_crop_is_shown(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, gone: str
) -> None:
    photo = anna.photo()
    await anna.send(photo)
    message = answer_to(photo)
    if gone == "question":
        del message["reply_to_message"]
    elif gone == "answer":
        message = {"message_id": 1000, "date": 0, "chat": ANNAS_CHAT}  # too old for Telegram
    else:
        telegram.fail("getFile", BadRequest("Wrong file_id or the file is temporarily unavailable"))
    await anna.tap(WHY, message=message)
    assert predictor.places == [None]
    assert telegram.texts[-1].endswith(READ_LIKE_THIS)


async def test_the_caption_names_one_of_several_faces(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    await anna.send(anna.photo())
    await anna.tap("2")
    await anna.tap(WHY)
    assert telegram.texts[-1].startswith("Face 2: 😢 Sad")


async def test_the_caption_mentions_a_newer_model_version(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.photo())
    predictor.version = "newer"
    await anna.tap(WHY)
    assert "I have learned since I answered" in telegram.texts[-1]


async def test_repeated_taps_bring_one_picture(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await asyncio.gather(*(anna.tap(WHY) for _ in range(5)))
    assert len(telegram.called("sendPhoto")) == 1
    assert sorted(telegram.toasts) == ["", *[why_replies.shown_already()] * 4]


async def test_after_a_minute_it_is_explained_again(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    await anna.send(anna.photo())
    before = monotonic()
    await anna.tap(WHY)
    after = monotonic()
    for time, pictures in ((before, 1), (before + 59, 1), (after + 60, 2)):
        application.services.explained.expire(time)
        await anna.tap(WHY)
        assert len(telegram.called("sendPhoto")) == pictures


async def test_a_picture_that_failed_to_arrive_can_be_requested_again(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    telegram.fail("sendPhoto", (500, {"ok": False, "error_code": 500, "description": "Oh"}))
    await anna.tap(WHY)
    assert telegram.texts[-1] == why_replies.not_sent()
    await anna.tap(WHY)
    assert telegram.texts[-1].endswith(READ_LIKE_THIS)
    assert len(telegram.called("sendPhoto")) == 2


async def test_a_chat_without_permission_for_pictures_gets_a_text(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    telegram.fail("sendPhoto", BadRequest("Not enough rights to send photos to the chat"))
    await anna.tap(WHY)
    assert telegram.texts[-1] == why_replies.not_allowed()


async def test_a_full_queue_asks_to_try_again(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.photo())
    predictor.gate.clear()
    crowd = [asyncio.ensure_future(anna.send(anna.photo())) for _ in range(7)]
    await telegram.wait_for_calls("getFile", 1 + 4)
    await anna.press_action("w")
    assert telegram.texts[-1] == why_replies.busy()
    predictor.gate.set()
    await asyncio.gather(*crowd)
    await anna.press_action("w")
    assert telegram.texts[-1].endswith(READ_LIKE_THIS)


async def test_only_the_sender_and_admins_get_an_explanation(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    await anna.tap(WHY, user=BEN)
    assert "can ask me why" in telegram.toasts[-1]
    assert telegram.called("sendPhoto") == []
    await anna.tap(WHY, user=ALEX)
    assert len(telegram.called("sendPhoto")) == 1


async def test_with_several_faces_others_are_told_that_they_cannot_ask(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    await anna.send(anna.photo())
    await anna.tap(WHY, user=BEN)
    assert "can ask me why" in telegram.toasts[-1]
    await anna.tap("1", user=BEN)
    assert "can correct me here" in telegram.toasts[-1]


@pytest.mark.parametrize("lost", [{"expires_at": 1}, {"crop": None}])
async def test_an_expired_face_is_not_explained(
    anna: FakeUser, telegram: FakeTelegram, database: Database, lost: dict[str, int | None]
) -> None:
    await anna.send(anna.photo())
    async with database.writing() as connection:
        await connection.execute(update(faces).values(**lost))
    await anna.tap(WHY)
    assert "too long ago" in telegram.toasts[-1]
    assert telegram.called("sendPhoto") == []


async def test_a_picture_judged_as_a_whole_is_not_explained(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(whole=0.9)
    await anna.send(anna.photo())
    assert telegram.labels == ["👍 Right", "It's 😢 Sad"]
    await anna.press_action("w")
    assert "I do not know this button" in telegram.toasts[-1]


@pytest.mark.parametrize("data", ["v1:{answer}:9:w", "v1:zz:0:w", "v2:{answer}:0:w", ":w"])
async def test_forged_data_is_refused(anna: FakeUser, telegram: FakeTelegram, data: str) -> None:
    await anna.send(anna.photo())
    await anna.press(data.format(answer=telegram.answer))
    assert "I " in telegram.toasts[-1]
    assert telegram.called("sendPhoto") == []


async def test_a_locked_database_asks_to_try_again(
    anna: FakeUser, telegram: FakeTelegram, database: Database, file: Path
) -> None:
    await anna.send(anna.photo())
    async with database.writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE faces RENAME TO hidden")
    await anna.press_action("w")
    assert "cannot look that up" in telegram.toasts[-1]
    with closing(sqlite3.connect(file)) as other:
        other.execute("ALTER TABLE hidden RENAME TO faces")
    await anna.press_action("w")
    assert len(telegram.called("sendPhoto")) == 1
