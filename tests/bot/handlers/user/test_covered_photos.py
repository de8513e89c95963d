"""Photos with a spoiler, and protected ones."""

import pytest

from bot.replies import help as help_replies
from model.errors import DamagedImageError
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command, from_alex

COVERED: Json = {"has_media_spoiler": True}
PROTECTED: Json = {"has_protected_content": True}


@pytest.fixture
def predictor() -> FakePredictor:
    predictor = FakePredictor()
    predictor.default = verdict_with(0.9, 0.1)
    return predictor


async def test_the_drawing_of_a_photo_with_a_spoiler_has_one(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    photo = anna.photo(**COVERED)
    await anna.send(photo)
    await anna.send(anna.message(**command("/mood"), reply_to_message=photo))
    await anna.send(anna.photo())
    sent = telegram.called("sendPhoto")
    assert [bool(one.get("has_spoiler")) for one in sent] == [True, True, False]


async def test_in_an_album_each_drawing_has_a_spoiler_if_its_photo_has_one(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    album = [anna.photo(media_group_id="a", **cover) for cover in (COVERED, {}, COVERED)]
    await anna.send(*album)
    (sent,) = telegram.called("sendMediaGroup")
    covered = [item["has_spoiler"] for item in sent["media"]]
    assert covered == [True, False, True]


async def test_why_has_a_spoiler_if_the_photo_has_one(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    album = [anna.photo(media_group_id="a"), anna.photo(media_group_id="a", **COVERED)]
    await anna.send(*album)
    await anna.tap("1")
    await anna.tap("1")
    await anna.tap("Why?")
    await anna.send(*(anna.photo(media_group_id="b", **cover) for cover in ({}, COVERED)))
    await anna.tap("2")
    await anna.tap("1")
    await anna.tap("Why?")
    sent = telegram.called("sendPhoto")
    assert [bool(one.get("has_spoiler")) for one in sent] == [False, True]


async def test_what_is_sent_about_a_protected_photo_is_protected(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.photo(**PROTECTED))
    await anna.tap("1")
    await anna.tap("Why?")
    predictor.outcomes[b"one face"] = verdict_with(0.9)
    await anna.send(anna.photo(b"one face", **PROTECTED))
    predictor.outcomes[b"bad"] = DamagedImageError()
    await anna.send(anna.photo(b"bad", **PROTECTED))
    album = [anna.photo(media_group_id="a", **cover) for cover in ({}, PROTECTED)]
    await anna.send(*album)
    photo = anna.document("a.png", "image/png", chat=GROUP, **PROTECTED)
    await anna.send(anna.message(chat=GROUP, **command("/mood"), reply_to_message=photo))
    kinds = ("sendMessage", "sendPhoto", "sendMediaGroup")
    sent = [(name, bool(call.get("protect_content"))) for name, call in telegram.calls]
    assert [one for one in sent if one[0] in kinds] == [
        ("sendPhoto", True),
        ("sendPhoto", True),
        ("sendMessage", True),
        ("sendMessage", True),
        ("sendMediaGroup", True),
        ("sendMessage", True),
        ("sendPhoto", True),
    ]


async def test_faces_in_review_are_protected_because_one_may_be(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo(**PROTECTED))
    await anna.tap("1")
    await anna.tap("It's 😢 Sad")
    await anna.send(from_alex(anna, "/review"))
    assert telegram.called("sendPhoto")[-1]["protect_content"]


async def test_nothing_else_is_protected(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/help")))
    assert telegram.texts[-1] == help_replies.explanation(USERNAME)
    assert not any(call.get("protect_content") for _, call in telegram.calls)
