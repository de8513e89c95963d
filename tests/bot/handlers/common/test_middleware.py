from dataclasses import replace

import pytest
from cachetools import LRUCache

from bot.context import MoodApplication
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ANNA, FakeTelegram
from tests.support.fake_user import FakeUser, command

GERMAN = {**ANNA, "language_code": "de"}
RUSSIAN = {**ANNA, "language_code": "ru-RU"}


async def test_messages_and_taps_are_answered_in_the_language_of_their_user(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send({**anna.photo(), "from": GERMAN})
    assert telegram.texts[-1].startswith("😊 Fröhlich, zu 97")
    await anna.tap("👍 Stimmt", user=RUSSIAN)
    assert telegram.toasts == ["Понятно: 😊 Радость. Спасибо!"]
    await anna.send(anna.message(**command("/privacy")))
    assert telegram.texts[-1].startswith("Your photos are not stored")


async def test_the_labels_in_a_drawing_are_in_the_language_of_the_user(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1)
    await anna.send({**anna.photo(), "from": GERMAN})
    drawing = telegram.called("sendPhoto")[0]["photo"].decode()
    assert drawing == "drawing of 2 faces with fröhlich, traurig, neutral, ?"


async def test_an_apology_is_in_the_language_of_the_user(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.default = ZeroDivisionError("a bug")
    await anna.send({**anna.photo(), "from": RUSSIAN})
    assert telegram.texts[-1].startswith("Извини")


@pytest.mark.parametrize("code", ["", "xx", "zh-hans", "klingon"])
async def test_unknown_languages_are_answered_in_english(
    anna: FakeUser, telegram: FakeTelegram, code: str
) -> None:
    await anna.send({**anna.photo(), "from": GERMAN})
    await anna.send({**anna.message(text="hi"), "from": {**ANNA, "language_code": code}})
    assert telegram.texts[-1].startswith("Send me a photo")


async def test_the_same_update_is_handled_once(anna: FakeUser, telegram: FakeTelegram) -> None:
    message = anna.message(text="hi")
    for update_id in (1, 1):
        await anna.send(message, update_id)
    assert len(telegram.texts) == 1


async def test_the_same_message_under_another_update_id_is_handled_once(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    message = anna.message(text="hi")
    for update_id in (1, 2):
        await anna.send(message, update_id)
    assert len(telegram.texts) == 1
    await anna.send(anna.message(text="hi"), update_id=3)
    assert len(telegram.texts) == 2


async def test_only_the_latest_messages_are_remembered(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    application.services = replace(application.services, seen=LRUCache(2))
    first = anna.message(text="hi")
    await anna.send(first, update_id=1)
    await anna.send(anna.message(text="hi"), update_id=2)
    await anna.send(anna.message(text="hi"), update_id=3)
    await anna.send(first, update_id=4)
    assert len(telegram.texts) == 4
