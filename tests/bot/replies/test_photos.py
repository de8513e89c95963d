import pytest

from bot.errors import DownloadError, FileTooLargeError, QueueFullError
from bot.replies import help as help_replies
from bot.replies import images as image_replies
from bot.replies import photos as replies
from model.errors import (
    DamagedImageError,
    ImageFileTooLargeError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
)
from model.prediction.results import PhotoVerdict
from tests.support.fake_model import verdict_with

THIN = "\u202f"


@pytest.mark.parametrize(
    ("probability_happy", "said"),
    [
        (0.97, f"😊 Happy, 97{THIN}% sure"),
        (0.12, f"😢 Sad, 88{THIN}% sure"),
        (0.6, f"🤔 Not sure. It leans towards 😊 Happy, 60{THIN}%."),
        (0.39, f"🤔 Not sure. It leans towards 😢 Sad, 61{THIN}%."),
    ],
)
def test_one_face_is_answered_in_one_line(probability_happy: float, said: str) -> None:
    assert replies.answer(verdict_with(probability_happy)) == said


@pytest.mark.parametrize("probability_happy", [1.0, 0.9999, 0.0])
def test_no_confidence_is_shown_as_100_percent(probability_happy: float) -> None:
    assert f"99{THIN}% sure" in replies.answer(verdict_with(probability_happy))


def test_a_picture_without_faces_says_so() -> None:
    said = replies.answer(verdict_with(whole=0.9))
    assert said == f"😊 Happy, 90{THIN}% sure\nI found no face, so I judged the picture as a whole."


def test_several_faces_are_counted_and_listed() -> None:
    assert replies.caption(verdict_with(0.9, 0.1, 0.95, 0.5)) == (
        "4 faces: 2 😊 happy, 1 😢 sad, 1 🤔 not sure\n"
        f"1. 😊 Happy, 90{THIN}% sure\n"
        f"2. 😢 Sad, 90{THIN}% sure\n"
        f"3. 😊 Happy, 95{THIN}% sure\n"
        f"4. 🤔 Not sure. It leans towards 😊 Happy, 50{THIN}%."
    )


@pytest.mark.parametrize("count", [20, 40, 45, 50, 100, 999])
def test_a_long_list_fits_into_a_caption(count: int) -> None:
    caption = replies.caption(verdict_with(*[0.9] * count))
    lines = caption.splitlines()
    assert len(caption.encode("utf-16-le")) // 2 <= 1024
    assert lines[0] == f"{count} faces: {count} 😊 happy"
    if lines[-1].startswith("…"):
        listed = len(lines) - 2
        assert lines[-1] == f"… and {count - listed} more"
        assert listed > 30
    else:
        assert len(lines) == count + 1


def test_an_album_is_answered_picture_by_picture() -> None:
    results: list[PhotoVerdict | str] = [
        verdict_with(0.97),
        "This picture seems to be damaged. Please send it again.",
        verdict_with(0.1, 0.2, 0.9),
        verdict_with(whole=0.8),
    ]
    assert replies.album(results) == (
        "4 pictures: 2 😊 happy, 1 🤔 not sure, 1 ⚠️ not judged\n"
        f"1. 😊 Happy, 97{THIN}% sure\n"
        "2. ⚠️ This picture seems to be damaged. Please send it again.\n"
        f"3. 🤔 Not sure. It leans towards 😢 Sad, 60{THIN}%. (3 faces, 1 😊 happy, 2 😢 sad)\n"
        f"4. 😊 Happy, 80{THIN}% sure (no face, judged as a whole)"
    )


def test_an_album_without_any_verdict_says_only_that() -> None:
    assert replies.album(["Oh.", "No."]).startswith("2 pictures: 2 ⚠️ not judged\n1. ⚠️ Oh.")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DamagedImageError(), "This picture seems to be damaged. Please send it again."),
        (
            ImageTimeoutError(),
            "This picture took me too long, so I gave up. Please send a smaller version.",
        ),
        (
            ImageFileTooLargeError(20 * 2**20 + 1, 20 * 2**20),
            "This file is 20.1 MB; I can take up to 20 MB. Please send a smaller version.",
        ),
        (
            TooManyPixelsError(30000, 30000, 50_000_000),
            "This picture is 30000×30000 pixels; I can take up to 50 megapixels. Please send a "
            "smaller version.",
        ),
        (
            ImageTooSmallError(40, 15, 16),
            "This picture is only 40×15 pixels; I need at least 16 on each side. Please send a "
            "larger version.",
        ),
        (
            QueueFullError(3, 90),
            "3 photos are waiting before this one. Please send it again in 2 minutes.",
        ),
        (DownloadError("Not Found"), image_replies.not_downloaded()),
        (FileTooLargeError("file is too big"), image_replies.too_large_to_download()),
        (KeyError("secret detail"), replies.apology()),
    ],
)
def test_every_error_becomes_a_sentence(error: Exception, said: str) -> None:
    assert image_replies.photo_error(error) == said


def test_every_text_fits_into_a_message() -> None:
    for text in (
        help_replies.welcome(),
        help_replies.explanation(),
        *help_replies.not_a_picture().values(),
    ):
        assert 0 < len(text) <= 4096
