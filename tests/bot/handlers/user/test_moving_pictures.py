"""Answers to videos, animations, stickers and paid media."""

from dataclasses import replace

import pytest
from telegram.error import BadRequest

from bot.replies import images as image_replies
from model.errors import UnreadableVideoError, VideoTooLongError
from model.prediction.results import VideoFrame
from tests.support.fake_model import HAPPY, FakePredictor, verdict_with
from tests.support.fake_telegram import GROUP, USERNAME, FakeTelegram, Json
from tests.support.fake_user import FakeUser, command

AT_0_07 = "This is about the frame at 0:07."
PREVIEW = "I could only look at its small preview picture."
MENTION: Json = {
    "caption": f"@{USERNAME}",
    "caption_entities": [{"type": "mention", "offset": 0, "length": 1 + len(USERNAME)}],
}


@pytest.fixture
def predictor() -> FakePredictor:
    predictor = FakePredictor()
    predictor.outcomes[b"video"] = replace(verdict_with(0.97), frame=VideoFrame(7.9, 3))
    predictor.outcomes[b"broken"] = UnreadableVideoError()
    return predictor


async def test_the_answer_says_which_frame_it_is_about(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.video())
    assert telegram.texts == [f"{HAPPY}\n{AT_0_07}"]
    assert telegram.labels == ["👍 Right", "It's 😢 Sad", "Why?", "Not a face"]


async def test_where_no_frame_has_a_face_the_answer_says_how_many_were_looked_at(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"video"] = replace(verdict_with(whole=0.6), frame=VideoFrame(0.1, 10))
    await anna.send(anna.video())
    (said,) = telegram.texts
    assert said.endswith("\nI looked at 10 frames of it.")


async def test_the_drawing_of_a_covered_video_has_a_spoiler(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"video"] = replace(verdict_with(0.9, 0.1), frame=VideoFrame(65.0, 1))
    await anna.send(anna.video(has_media_spoiler=True, has_protected_content=True))
    (sent,) = telegram.called("sendPhoto")
    assert (sent["has_spoiler"], sent["protect_content"]) == (True, True)
    assert "This is about the frame at 1:05." in sent["caption"]


async def test_of_a_video_that_cannot_be_read_the_thumbnail_is_judged(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.video(b"broken", thumbnail=b"small"))
    assert telegram.texts == [f"{HAPPY}\n{PREVIEW}"]
    predictor.outcomes[b"broken"] = VideoTooLongError(70, 60)
    await anna.send(anna.video(b"broken", thumbnail=b"small"))
    assert telegram.texts[1].endswith(PREVIEW)


async def test_of_a_video_that_is_not_handed_over_the_thumbnail_is_judged(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    telegram.fail("getFile", BadRequest("File is too big"))
    await anna.send(anna.video(thumbnail=b"small"))
    assert telegram.texts == [f"{HAPPY}\n{PREVIEW}"]


@pytest.mark.parametrize("error", [UnreadableVideoError(), VideoTooLongError(70, 60)])
async def test_without_a_thumbnail_a_sentence_says_what_is_wrong(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, error: Exception
) -> None:
    predictor.outcomes[b"broken"] = error
    await anna.send(anna.video(b"broken"))
    assert telegram.texts == [image_replies.photo_error(error)]
    assert "video" in telegram.texts[0]


async def test_in_an_album_each_line_says_what_it_is_about(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    album = [
        anna.photo(media_group_id="a"),
        anna.video(media_group_id="a"),
        anna.video(b"broken", b"small", media_group_id="a"),
        anna.video(b"broken", media_group_id="a"),
    ]
    await anna.send(*album)
    lines = telegram.texts[0].splitlines()
    assert lines[0] == "4 pictures: 3 😊, 1 ⚠️"
    assert lines[1] == f"1. {HAPPY}"
    assert lines[2] == f"2. {HAPPY} (frame at 0:07)"
    assert lines[3] == f"3. {HAPPY} (preview picture)"
    assert lines[4].startswith("4. ⚠️ I cannot see anything of this video")


async def test_in_a_group_videos_and_stickers_are_answered_if_somebody_asks(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    video = anna.video(chat=GROUP)
    await anna.send(video)
    assert telegram.texts == []
    await anna.send(anna.message(chat=GROUP, **command("/mood"), reply_to_message=video))
    await anna.send(anna.video(chat=GROUP, **MENTION))
    assert telegram.texts == [f"{HAPPY}\n{AT_0_07}"] * 2


async def test_why_shows_the_stored_crop_of_a_frame(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    video = anna.video()
    await anna.send(video)
    answer = {"message_id": 1000, "date": 1, "chat": video["chat"], "reply_to_message": video}
    await anna.tap("Why?", message=answer)
    assert predictor.places == [None]
    assert telegram.called("sendPhoto")
    assert len(telegram.called("getFile")) == 1  # the video is not downloaded again


async def test_paid_media_are_neither_shown_nor_stored(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"paid"] = verdict_with(0.9, 0.1)
    photo = anna.photo(b"paid")
    paid = {"star_count": 5, "paid_media": [{"type": "photo", "photo": photo.pop("photo")}]}
    await anna.send({**photo, "paid_media": paid})
    (sent,) = telegram.called("sendMessage")
    assert sent["text"].startswith("2 faces: 1 😊 happy, 1 😢 sad")
    assert "reply_markup" not in sent
    assert telegram.called("sendPhoto") == []


async def test_the_same_video_again_keeps_its_label(anna: FakeUser, telegram: FakeTelegram) -> None:
    video = anna.video()
    await anna.send(video)
    await anna.tap("It's 😢 Sad")
    await anna.send({**anna.message(), "video": video["video"]})
    assert "I know this one! ✔ marks what I was told." in telegram.texts[-1]
