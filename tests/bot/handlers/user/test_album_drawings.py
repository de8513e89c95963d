"""The photos of an album that come back with boxes."""

import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import FakeTelegram, Json
from tests.support.fake_user import FakeUser


@pytest.fixture
def predictor() -> FakePredictor:
    predictor = FakePredictor()
    predictor.outcomes[b"two"] = verdict_with(0.9, 0.1)
    predictor.outcomes[b"three"] = verdict_with(0.9, 0.9, 0.1)
    return predictor


def album(anna: FakeUser, *photos: bytes) -> list[Json]:
    return [anna.photo(photo, media_group_id="a") for photo in photos]


def names(telegram: FakeTelegram) -> list[str]:
    """Return which methods sent something, oldest first."""
    kinds = ("sendMessage", "sendPhoto", "sendMediaGroup")
    return [name for name, _ in telegram.calls if name in kinds]


async def test_photos_with_several_faces_come_back_as_an_album_and_the_buttons_after_it(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    sent = album(anna, b"two", b"one", b"three")
    await anna.send(*sent)
    assert names(telegram) == ["sendMediaGroup", "sendMessage"]
    (drawings,) = telegram.called("sendMediaGroup")
    items = drawings["media"]
    assert [item["caption"] for item in items] == [
        "Picture 1: 1 😊, 1 😢",
        "Picture 3: 2 😊, 1 😢",
    ]
    files = [drawings[item["media"].removeprefix("attach://")] for item in items]
    assert files == [b"drawing of 2 faces in photo 1", b"drawing of 3 faces in photo 3"]
    assert drawings["reply_parameters"]["message_id"] == sent[0]["message_id"]
    assert telegram.texts[0].startswith("3 pictures: ")
    assert telegram.labels == ["1", "2", "3"]
    assert telegram.called("sendChatAction")[-1]["action"] == "upload_photo"


async def test_one_photo_with_several_faces_comes_back_alone(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(*album(anna, b"one", b"two"))
    assert names(telegram) == ["sendPhoto", "sendMessage"]
    (drawing,) = telegram.called("sendPhoto")
    assert drawing["caption"] == "Picture 2: 1 😊, 1 😢"
    assert "reply_markup" not in drawing


async def test_an_album_of_one_photo_with_several_faces_is_answered_like_a_photo(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(*album(anna, b"two"))
    assert names(telegram) == ["sendPhoto"]
    assert telegram.called("sendPhoto")[0]["photo"] == b"drawing of 2 faces"
    assert telegram.labels[:2] == ["1", "2"]


@pytest.mark.parametrize(
    "failure",
    [
        BadRequest("not enough rights to send photos to the chat"),
        BadRequest('failed to send message #2 with the error message "IMAGE_PROCESS_FAILED"'),
        NetworkError("Server error (500)"),
    ],
)
@pytest.mark.parametrize("photos", [(b"two", b"three"), (b"one", b"two")])
async def test_where_no_drawings_can_be_sent_the_text_goes_alone(
    anna: FakeUser, telegram: FakeTelegram, failure: TelegramError, photos: tuple[bytes, ...]
) -> None:
    for method in ("sendMediaGroup", "sendPhoto"):
        telegram.fail(method, failure)
    await anna.send(*album(anna, *photos))
    assert names(telegram)[1:] == ["sendMessage"]
    assert telegram.labels == ["1", "2"]


async def test_an_album_of_somebody_who_blocked_the_bot_gets_no_text(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMediaGroup", Forbidden("bot was blocked by the user"))
    await anna.send(*album(anna, b"two", b"three"))
    assert names(telegram) == ["sendMediaGroup"]
