"""Answers to albums."""

import asyncio

import pytest

from bot.replies import help as help_replies
from bot.replies import photos as replies
from bot.replies.images import describe_image_error
from bot.serving.inference import Inference
from model.errors import DamagedImageError
from tests.support.fake_model import HAPPY, FakePredictor, verdict_with
from tests.support.fake_telegram import FakeTelegram
from tests.support.fake_user import FakeUser


async def test_an_album_gets_one_answer_to_its_first_picture(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"bad"] = DamagedImageError()
    predictor.outcomes[b"bug"] = ZeroDivisionError("a bug")
    album = [anna.photo(data, media_group_id="a") for data in (b"1", b"bad", b"3", b"bug")]
    await anna.send(*reversed(album), update_id=90)
    (sent,) = telegram.called("sendMessage")
    assert sent["reply_parameters"]["message_id"] == album[0]["message_id"]
    assert sent["text"].splitlines() == [
        "4 pictures: 2 😊, 2 ⚠️",
        f"1. {HAPPY}",
        f"2. ⚠️ {describe_image_error(DamagedImageError())}",
        f"3. {HAPPY}",
        f"4. ⚠️ {replies.apology()}",
        "Wrong somewhere, or curious why? Tap the number.",
    ]


async def test_a_bug_in_every_picture_of_an_album_is_logged_once(
    anna: FakeUser, predictor: FakePredictor, caplog: pytest.LogCaptureFixture
) -> None:
    predictor.default = ZeroDivisionError("a bug")
    await anna.send(*(anna.photo(media_group_id="a") for _ in range(3)))
    assert caplog.text.count("ZeroDivisionError: a bug") == 1


async def test_an_album_is_judged_by_one_version_despite_a_swap(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, inference: Inference
) -> None:
    predictor.gate.clear()
    album = [anna.photo(media_group_id="a") for _ in range(4)]  # more than there are workers
    sending = asyncio.create_task(anna.send(*album))
    await asyncio.to_thread(predictor.began.wait, 10)
    other = FakePredictor("other")
    other.default = verdict_with(0.03)
    inference.swap(other)
    predictor.gate.set()
    await sending
    assert telegram.texts[0].splitlines()[0] == "4 pictures: 4 😊"
    await anna.send(anna.photo(b"the next"))
    assert telegram.texts[1].startswith("😢 Sad")


async def test_a_video_in_an_album_that_cannot_be_judged_gets_its_own_hint(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    # Too long, and without a thumbnail.
    video = {"file_id": "v", "file_unique_id": "v", "width": 9, "height": 9, "duration": 61}
    album = [anna.photo(media_group_id="a"), anna.message(video=video, media_group_id="a")]
    await anna.send(*album)
    assert telegram.texts[0].splitlines()[1:] == [
        f"1. {HAPPY}",
        f"2. ⚠️ {help_replies.not_a_picture()['video']}",
    ]


async def test_an_album_of_other_files_gets_one_hint(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    album = [anna.document(f"{n}.pdf", None, media_group_id="a") for n in range(3)]
    await anna.send(*album)
    assert telegram.texts == [help_replies.not_a_picture_file("")]


async def test_an_album_of_one_is_a_photo(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo(media_group_id="a"))
    assert telegram.texts == [HAPPY]
