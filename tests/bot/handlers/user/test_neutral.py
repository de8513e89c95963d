"""Answers about faces that look neutral, and taps on the buttons under them."""

import pytest
from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.schema import corrections
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ANNA, FakeTelegram
from tests.support.fake_user import FakeUser

CHOICE = ["👍 Right", "It's 😊 Happy", "It's 😢 Sad", "Why?", "Not a face"]
CONFIRMED = ["✔ It's 😐 Neutral", "Undo", "Why?"]


@pytest.fixture(autouse=True)
def neutral_faces(predictor: FakePredictor) -> None:
    predictor.default = verdict_with(0.97, neither=[0.9])
    predictor.neither = 0.9


async def stored_labels(database: Database) -> list[str]:
    async with database.reading() as connection:
        found = await connection.execute(select(corrections.c.said).order_by(corrections.c.id))
        return list(found.scalars())


async def test_a_neutral_face_is_answered_and_confirmed(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    photo = anna.photo()
    await anna.send(photo)
    assert telegram.texts == ["😐 This face looks neutral to me."]
    assert telegram.labels == CHOICE
    await anna.tap("👍 Right")
    assert telegram.toasts == ["Got it: 😐 Neutral. Thanks!"]
    assert telegram.labels == CONFIRMED
    await anna.send({**anna.message(), "photo": photo["photo"]})  # once more
    assert telegram.labels == CONFIRMED
    await anna.tap("Undo")
    assert telegram.labels == CHOICE
    assert await stored_labels(database) == ["neutral", "withdrawn"]


async def test_a_neutral_face_can_be_called_sad(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    await anna.tap("👍 Right")
    await anna.tap(CONFIRMED[0])
    await anna.tap("It's 😢 Sad")
    assert telegram.toasts[-1] == "Got it: 😢 Sad. Thanks!"
    assert telegram.labels == ["✔ It's 😢 Sad", "Undo", "Why?"]
    assert await stored_labels(database) == ["neutral", "sad"]


async def test_neutral_faces_are_confirmed_with_the_others(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    predictor.default = verdict_with(0.9, 0.5, 0.5, neither=[0.1, 0.9, 0.1])
    await anna.send(anna.photo())
    await anna.tap("👍 All right")
    assert telegram.toasts == ["Got it: 2 faces are right. Thanks!"]
    assert telegram.labels == ["✔ 1", "✔ 2", "3", "Why?"]
    assert await stored_labels(database) == ["happy", "neutral"]


async def test_why_says_what_the_colors_are_about(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.tap("Why?")
    assert telegram.texts[-1].splitlines() == [
        "😐 Looks neutral",
        "If I had to choose between happy and sad, I would say 😢 Sad.",
        "The orange parts speak for 😢 Sad, the blue ones against it.",
    ]


async def test_boxes_are_labelled_neutral_in_the_language_of_the_asker(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.5, 0.5, neither=[0.9, 0.9])
    await anna.send({**anna.photo(), "from": {**ANNA, "language_code": "de"}})
    (sent,) = telegram.called("sendPhoto")
    assert sent["photo"] == b"drawing of 2 faces with fr\xc3\xb6hlich, traurig, neutral, ?"
    assert sent["caption"].splitlines()[:2] == [
        "2 Gesichter, beide 😐 neutral",
        "1. 😐 Sieht neutral aus",
    ]
