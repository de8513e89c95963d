"""Answers to photos."""

import asyncio
import logging
import weakref
from dataclasses import replace

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.replies import images as image_replies
from bot.replies.images import describe_image_error
from model.errors import DamagedImageError
from tests.support.fake_model import HAPPY, FakePredictor, verdict_with
from tests.support.fake_telegram import FakeTelegram, Json
from tests.support.fake_user import FakeUser


async def test_one_face_is_answered_with_a_line_in_reply(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    message = anna.photo()
    await anna.send(message)
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == HAPPY
    assert sent["reply_parameters"]["message_id"] == message["message_id"]
    assert sent["reply_parameters"]["allow_sending_without_reply"]


async def test_typing_is_shown_before_the_answer(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    names = [name for name, _ in telegram.calls]
    assert names.index("sendChatAction") < names.index("sendMessage")


async def test_several_faces_are_answered_with_a_drawing(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"friends"] = verdict_with(0.9, 0.1)
    message = anna.photo(b"friends")
    await anna.send(message)
    (sent,) = telegram.called("sendPhoto")
    assert sent["photo"] == b"drawing of 2 faces"
    assert sent["caption"].startswith("2 faces: 1 😊 happy, 1 😢 sad\n1. 😊 Happy")
    assert sent["caption"].endswith("\nWrong somewhere? Tap the face's number.")
    assert sent["reply_parameters"]["message_id"] == message["message_id"]


async def test_one_face_is_shown_if_there_may_be_others(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = replace(verdict_with(0.97), missed_faces=True)
    await anna.send(anna.photo())
    (sent,) = telegram.called("sendPhoto")
    assert sent["photo"] == b"drawing of 1 faces"
    assert sent["caption"] == f"{HAPPY}\nI recognised only one face; I may have missed others."
    assert telegram.labels == ["👍 Right", "It's 😢 Sad", "Why?", "Not a face"]


@pytest.mark.parametrize(
    "failure",
    [
        BadRequest("not enough rights to send photos to the chat"),
        Forbidden("not enough rights to send photos to the chat"),
        BadRequest("CHAT_SEND_PHOTOS_FORBIDDEN"),
        BadRequest("Request Entity Too Large"),
        NetworkError("Server error (500)"),
    ],
)
async def test_a_drawing_that_cannot_be_sent_is_replaced_by_its_text(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, failure: TelegramError
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    telegram.fail("sendPhoto", failure)
    await anna.send(anna.photo())
    (sent,) = telegram.called("sendMessage")
    assert sent["text"].startswith("2 faces")
    assert sent["reply_markup"]


async def test_a_drawing_for_somebody_who_blocked_the_bot_is_not_replaced(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    telegram.fail("sendPhoto", Forbidden("bot was blocked by the user"))
    await anna.send(anna.photo())
    assert telegram.called("sendMessage") == []


async def test_a_picture_file_is_answered_like_a_photo(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.document("IMG_1.HEIC", None))
    assert telegram.texts == [HAPPY]


async def test_the_sender_of_a_damaged_picture_is_told(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = DamagedImageError()
    await anna.send(anna.photo())
    assert telegram.texts == [describe_image_error(DamagedImageError())]


async def test_a_file_that_is_too_large_is_refused_without_a_download(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    message = anna.document("a.png", "image/png")
    message["document"]["file_size"] = 25_000_000
    await anna.send(message)
    assert "23.9 MB" in telegram.texts[0]
    assert telegram.called("getFile") == []


async def test_a_failed_download_is_reported_to_the_sender(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    telegram.fail("getFile", NetworkError("gone"))
    await anna.send(anna.photo())
    assert telegram.texts == [image_replies.not_downloaded()]


async def test_photos_beyond_the_queue_are_refused(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.gate.clear()
    messages = [anna.photo() for _ in range(9)]
    working = asyncio.gather(*(anna.send(message) for message in messages))
    # There is room for seven; the other two are told at once.
    await telegram.wait_for_calls("sendMessage", 2)
    refusal = "7 photos are waiting before this one. Please send it again in 1 minute."
    assert telegram.texts == [refusal] * 2
    predictor.gate.set()
    await working
    assert telegram.texts == [refusal] * 2 + [HAPPY] * 7


@pytest.mark.parametrize("album", [{}, {"media_group_id": "a"}])
async def test_an_answer_that_waits_for_telegram_holds_no_photo(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    monkeypatch: pytest.MonkeyPatch,
    album: Json,
) -> None:
    predictor.outcomes[b"photo"] = verdict = verdict_with(0.9)
    photo = weakref.ref(verdict.rgb)
    del verdict
    held: list[bool] = []
    answer = telegram._result

    def look(name: str, parameters: Json) -> object:
        if name == "sendMessage":
            predictor.outcomes.clear()
            held.append(photo() is not None)
        return answer(name, parameters)

    monkeypatch.setattr(telegram, "_result", look)
    pictures = [anna.photo(data, **album) for data in (b"photo", b"another")]
    await anna.send(*pictures)
    assert not any(held)
    assert telegram.texts


async def test_an_update_that_comes_twice_is_answered_once(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    message = anna.photo()
    sends = [anna.send(message, update_id=number) for number in (77, 77, 78)]
    await asyncio.gather(*sends)
    assert telegram.texts == [HAPPY]


async def test_the_log_names_refusals_once_a_minute_but_no_people(
    anna: FakeUser, predictor: FakePredictor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    predictor.default = DamagedImageError()
    await anna.send(anna.photo())
    await anna.send(*(anna.photo(media_group_id="a") for _ in range(3)))
    assert caplog.text.count("No verdict: The image is damaged") == 1
    assert "Anna" not in caplog.text
