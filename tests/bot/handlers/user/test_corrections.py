"""Taps on the buttons under an answer."""

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update
from telegram.error import BadRequest

from bot.keyboards.corrections import Action
from bot.replies import photos as replies
from bot.storage.database import Database
from bot.storage.schema import answers, corrections, faces
from model.prediction.results import PhotoVerdict
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, BEN, FakeTelegram
from tests.support.fake_user import FakeUser

NOTED_SAD = ["✔ It's 😢 Sad", "Undo", "Why?"]
ON_ALL = ["👍 All right", "Why?"]
CHOICE = ["👍 Right", "It's 😢 Sad", "Why?", "Not a face"]
THANKS = "Got it: 😢 Sad. Thanks!"


async def stored_labels(database: Database) -> list[str]:
    async with database.reading() as connection:
        found = await connection.execute(select(corrections.c.said).order_by(corrections.c.id))
        return list(found.scalars())


async def test_a_tap_is_stored_then_acknowledged_then_shown(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    assert telegram.labels == CHOICE
    await anna.tap("It's 😢 Sad")
    assert await stored_labels(database) == ["sad"]
    assert telegram.toasts == [THANKS]
    assert telegram.labels == NOTED_SAD
    names = [name for name, _ in telegram.calls]
    assert names.index("answerCallbackQuery") < names.index("editMessageReplyMarkup")


async def test_right_stores_the_verdict_as_label(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("👍 Right")
    assert await stored_labels(database) == ["happy"]
    assert telegram.labels == ["✔ It's 😊 Happy", "Undo", "Why?"]


async def test_undo_takes_the_label_back(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad")
    await anna.tap("Undo")
    assert telegram.toasts[-1] == replies.taken_back()
    assert telegram.labels == CHOICE
    await anna.tap("Not a face")
    assert await stored_labels(database) == ["sad", "withdrawn", "not_a_face"]


async def test_a_label_can_be_changed_without_undo(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad")
    await anna.tap("✔ It's 😢 Sad")
    assert telegram.labels == CHOICE
    await anna.tap("👍 Right")
    assert await stored_labels(database) == ["sad", "happy"]


async def test_a_double_tap_is_one_correction(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    telegram.fail("editMessageReplyMarkup", BadRequest("Message is not modified"))
    await asyncio.gather(*(anna.tap("It's 😢 Sad") for _ in range(3)))
    assert await stored_labels(database) == ["sad"]
    assert telegram.toasts == [THANKS] * 3


async def test_faces_are_corrected_one_by_one(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    predictor.default = verdict_with(0.9, 0.1, 0.5)
    await anna.send(anna.photo())
    assert telegram.labels == ["1", "2", "3", *ON_ALL]
    await anna.tap("3")
    choice = ["Face 3", "It's 😊 Happy", "It's 😢 Sad", "Why?", "Not a face", "‹ Back"]
    assert telegram.labels == choice
    await anna.tap("It's 😢 Sad")
    assert telegram.labels == ["Face 3", *NOTED_SAD, "‹ Back"]
    await anna.tap("‹ Back")
    assert telegram.labels == ["1", "2", "✔ 3", *ON_ALL]
    assert await stored_labels(database) == ["sad"]


async def test_the_sure_verdicts_are_confirmed_in_one_tap(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    predictor.default = verdict_with(0.9, 0.1, 0.5, 0.8)
    await anna.send(anna.photo())
    await anna.tap("4")
    await anna.tap("Not a face")
    await anna.tap("‹ Back")
    all_right = next(b["callback_data"] for b in telegram.buttons if b["text"] == ON_ALL[0])
    await anna.tap("👍 All right")
    assert telegram.toasts[-1] == "Got it: 2 faces are right. Thanks!"
    assert telegram.labels == ["✔ 1", "✔ 2", "3", "✔ 4", "Why?"]
    await anna.press(all_right)  # once more, from a screen that was behind
    assert telegram.toasts[-1] == "Got it: 2 faces are right. Thanks!"
    assert await stored_labels(database) == ["not_a_face", "happy", "sad"]


async def test_why_is_reached_from_several_faces(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    await anna.send(anna.photo())
    await anna.tap("Why?")
    assert telegram.labels == ["Why? Tap a face's number", "1", "2", "‹ Back"]
    await anna.tap("2")
    assert telegram.called("sendPhoto")[-1]["caption"].startswith("Face 2: ")
    await anna.tap("‹ Back")
    assert telegram.labels == ["1", "2", *ON_ALL]


async def test_an_album_is_corrected_picture_by_picture(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    album = [anna.photo(data, media_group_id="a") for data in (b"1", b"2")]
    await anna.send(*album)
    assert telegram.labels == ["1", "2"]
    await anna.tap("2")
    await anna.tap("It's 😢 Sad")
    await anna.tap("‹ Back")
    assert telegram.labels == ["1", "✔ 2"]
    assert await stored_labels(database) == ["sad"]


async def test_only_the_sender_and_admins_can_correct(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad", user=BEN)
    assert "Only the person who sent this photo" in telegram.toasts[-1]
    assert telegram.labels == CHOICE
    assert await stored_labels(database) == []
    await anna.tap("It's 😢 Sad", user=ALEX)
    assert await stored_labels(database) == ["sad"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("v1:zz:0:h", "I know nothing about this photo any more"),
        ("v1:zzzzzzzzzzzz:0:h", "I know nothing about this photo any more"),
        ("v1:{answer}:7:h", "I do not know this button"),
        ("v1:{answer}:3:p", "I do not know this button"),
        ("v1:{answer}:0:z", "I do not know this button"),
        ("x" * 3000, "I do not know this button"),
        (None, "I do not know this button"),
    ],
)
async def test_forged_data_is_refused_and_logged(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    caplog: pytest.LogCaptureFixture,
    data: str | None,
    told: str,
) -> None:
    await anna.send(anna.photo())
    await anna.press(data and data.format(answer=telegram.answer))
    assert told in telegram.toasts[-1]
    assert telegram.called("editMessageReplyMarkup") == []
    assert await stored_labels(database) == []
    assert "Tap refused" in caplog.text
    assert len(caplog.text) < 1000


@pytest.mark.parametrize(
    ("judged", "action"),
    [
        (verdict_with(0.5), Action.RIGHT),  # the bot was not sure, so it cannot have been right
        (verdict_with(whole=0.9), Action.NOT_A_FACE),
    ],
)
async def test_a_label_that_is_not_offered_is_refused(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    database: Database,
    judged: PhotoVerdict,
    action: Action,
) -> None:
    predictor.default = judged
    await anna.send(anna.photo())
    await anna.press_action(action)
    assert "I do not know this button" in telegram.toasts[-1]
    assert await stored_labels(database) == []


@pytest.mark.parametrize("action", [Action.SAD, Action.NOT_A_FACE, Action.FACE, Action.CHANGE])
async def test_an_expired_face_is_refused(
    anna: FakeUser, telegram: FakeTelegram, database: Database, action: Action
) -> None:
    await anna.send(anna.photo())
    async with database.writing() as connection:
        await connection.execute(update(faces).values(expires_at=1))
    await anna.press_action(action)
    assert "too long ago" in telegram.toasts[-1]
    assert await stored_labels(database) == []


async def test_after_a_late_undo_another_label_can_be_given(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad")
    async with database.writing() as connection:
        await connection.execute(update(faces).values(expires_at=1))
    await anna.tap("Undo")
    assert telegram.toasts[-1] == replies.taken_back()
    await anna.tap("👍 Right")
    assert telegram.labels[0] == "✔ It's 😊 Happy"
    assert await stored_labels(database) == ["sad", "withdrawn", "happy"]


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_correction_that_cannot_be_stored_is_not_acknowledged(
    anna: FakeUser, telegram: FakeTelegram, database: Database, file: Path
) -> None:
    await anna.send(anna.photo())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await anna.tap("It's 😢 Sad")
        other.execute("ROLLBACK")
    assert telegram.toasts == [replies.not_stored()]
    assert telegram.labels == CHOICE
    assert await stored_labels(database) == []
    await anna.tap("It's 😢 Sad")
    assert await stored_labels(database) == ["sad"]


async def test_a_tap_that_is_too_old_to_acknowledge_is_still_stored_and_shown(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    telegram.fail("answerCallbackQuery", BadRequest("Query is too old"))
    await anna.tap("It's 😢 Sad")
    assert await stored_labels(database) == ["sad"]
    assert telegram.labels == NOTED_SAD


async def test_a_repeated_photo_shows_its_label(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    message = anna.photo()
    await anna.send(message)
    await anna.tap("It's 😢 Sad")
    again = {**anna.message(), "photo": message["photo"]}
    await anna.send(again)
    assert telegram.texts[-1].splitlines()[1:] == [
        "I know this one! ✔ marks what I was told."  # not what it was: it may be undone
    ]
    assert telegram.labels == NOTED_SAD
    await anna.tap("Undo")
    assert telegram.labels == CHOICE
    assert await stored_labels(database) == ["sad", "withdrawn"]
    async with database.reading() as connection:
        assert len((await connection.execute(select(faces.c.id))).all()) == 1
        assert len((await connection.execute(select(answers.c.id))).all()) == 2


async def test_a_repeated_photo_marks_the_labelled_faces(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    message = anna.photo()
    await anna.send(message)
    await anna.tap("2")
    await anna.tap("👍 Right")
    await anna.send({**anna.message(), "photo": message["photo"]})
    assert "I know this one! ✔ marks what I was told." in telegram.texts[-1]
    assert telegram.labels == ["1", "✔ 2", "👍 All right", "Why?"]


async def test_the_log_of_refusals_names_no_user(
    anna: FakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad", user=BEN)
    assert "Tap refused: the photo was sent by somebody else" in caplog.messages
    assert "Ben" not in caplog.text
    assert str(BEN["id"]) not in caplog.text
