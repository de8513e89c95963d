from dataclasses import replace

import pytest

from bot.errors import DownloadError, FileTooLargeError, QueueFullError
from bot.replies import help as help_replies
from bot.replies import images as image_replies
from bot.replies import photos as replies
from bot.storage.answers import Answer, AnswerKey, StoredFace, StoredPhoto
from bot.storage.labels import Label
from model.errors import (
    DamagedImageError,
    ImageFileTooLargeError,
    ImageTimeoutError,
    ImageTooSmallError,
    TooManyPixelsError,
)
from model.network.verdict import Verdict
from model.prediction.results import PhotoVerdict
from tests.support.fake_model import verdict_with

THIN = "\u202f"


NO_FACE = "🤔 I see no face here. Going by brightness and colours"


def stored_album(photos: int, *, whole_pictures: bool = False) -> Answer:
    """Return a stored answer about an album of photos with a face each, or without any."""
    face = StoredFace(1, Verdict.HAPPY, 0.9, None, 0, original_id=1)
    stored_photos = (StoredPhoto(number, whole_pictures, (face,)) for number in range(photos))
    return Answer(AnswerKey(1, "nonce"), 1, tuple(stored_photos))


def stored(*labels: Label | None) -> Answer:
    """Return a stored answer about one photo whose faces have these labels."""
    faces = (StoredFace(1, Verdict.HAPPY, 0.9, label, 0, original_id=1) for label in labels)
    return Answer(AnswerKey(1, "nonce"), 1, (StoredPhoto(0, False, tuple(faces)),))


@pytest.mark.parametrize(
    ("probability_happy", "said"),
    [
        (0.97, f"😊 Happy, 97{THIN}% sure"),
        (0.12, f"😢 Sad, 88{THIN}% sure"),
        (0.6, "🤔 Hard to say. More 😊 happy than 😢 sad, but I would not bet on it."),
        (0.39, "🤔 Hard to say. More 😢 sad than 😊 happy, but I would not bet on it."),
        (0.52, "🤔 Hard to say. It could be 😊 happy, it could be 😢 sad."),
    ],
)
def test_one_face_is_answered_in_one_line(probability_happy: float, said: str) -> None:
    assert replies.answer(verdict_with(probability_happy), None) == said


@pytest.mark.parametrize("probability_happy", [1.0, 0.9999, 0.0])
def test_no_confidence_is_shown_as_100_percent(probability_happy: float) -> None:
    assert f"99{THIN}% sure" in replies.answer(verdict_with(probability_happy), None)


@pytest.mark.parametrize(
    ("probability_happy", "said"),
    [
        (0.65, f"{NO_FACE}, the picture looks a bit more 😊 cheerful than 😢 gloomy."),
        (0.35, f"{NO_FACE}, the picture looks a bit more 😢 gloomy than 😊 cheerful."),
        (0.52, f"{NO_FACE} alone, I cannot tell the mood."),
    ],
)
def test_a_picture_without_faces_says_so(probability_happy: float, said: str) -> None:
    assert replies.answer(verdict_with(whole=probability_happy), None) == said


def test_a_neutral_face_is_not_said_to_be_happy_or_sad() -> None:
    neutral = verdict_with(0.97, neither=[0.9])
    assert replies.answer(neutral, None) == "😐 This face looks neutral to me."
    assert replies.album([neutral, verdict_with(0.1)], None).splitlines() == [
        "2 pictures: 1 😢, 1 😐",
        "1. 😐 Looks neutral",
        f"2. 😢 Sad, 90{THIN}% sure",
    ]


def test_neutral_faces_are_counted_and_listed() -> None:
    mixed = verdict_with(0.9, 0.1, 0.5, 0.5, neither=[0.1, 0.9, 0.9, 0.1])
    assert replies.answer(mixed, None).splitlines() == [
        "4 faces: 1 😊 happy, 2 😐 neutral, 1 I am not sure about",
        f"1. 😊 Happy, 90{THIN}% sure",
        "2. 😐 Looks neutral",
        "3. 😐 Looks neutral",
        "4. 🤔 Hard to say",
    ]
    mostly = verdict_with(*[0.9] * 9, neither=[0.9] * 8 + [0.1])
    assert replies.answer(mostly, None).splitlines() == [
        "9 faces: 1 😊 (9), 8 😐",
        f"9. 😊 Happy, 90{THIN}% sure",
    ]
    assert replies.album([mixed, mostly], None).splitlines()[2] == (
        "2. 😐 Neutral: 9 faces, 1 😊, 8 😐"
    )


def test_several_faces_are_counted_and_listed() -> None:
    assert replies.answer(verdict_with(0.9, 0.1, 0.95, 0.5, 0.6), stored(*[None] * 5)) == (
        "5 faces: 2 😊 happy, 1 😢 sad, 2 I am not sure about\n"
        f"1. 😊 Happy, 90{THIN}% sure\n"
        f"2. 😢 Sad, 90{THIN}% sure\n"
        f"3. 😊 Happy, 95{THIN}% sure\n"
        "4. 🤔 Hard to say\n"
        "5. 🤔 Hard to say, perhaps 😊 happy\n"
        "Wrong somewhere? Tap the face's number."
    )


@pytest.mark.parametrize(
    ("faces", "said"),
    [
        ([0.9] * 6, "6 faces, all 😊 happy"),
        ([0.1] * 3, "3 faces, all 😢 sad"),
        ([0.9] * 2, "2 faces, both 😊 happy"),
        ([0.5] * 2, "2 faces, and I am not sure about either 🤔"),
        ([0.5] * 9, "9 faces, and I am not sure about any 🤔"),
    ],
)
def test_faces_of_one_mood_are_not_counted_twice(faces: list[float], said: str) -> None:
    assert replies.answer(verdict_with(*faces), None).splitlines()[0] == said


@pytest.mark.parametrize(
    ("count", "said"), [(2, "2 faces, both 😐 neutral"), (7, "7 faces, all 😐 neutral")]
)
def test_neutral_faces_alone_are_not_counted_twice(count: int, said: str) -> None:
    faces = verdict_with(*[0.5] * count, neither=[0.9] * count)
    assert replies.answer(faces, None).splitlines()[0] == said


def test_of_many_faces_only_the_exceptions_are_listed() -> None:
    faces = [0.9] * 24
    faces[5], faces[12] = 0.4, 0.5
    assert replies.answer(verdict_with(*faces), None) == (
        "24 faces: 22 😊, 2 🤔 (6, 13)\n6. 🤔 Hard to say, perhaps 😢 sad\n13. 🤔 Hard to say"
    )


def test_many_exceptions_are_only_numbered() -> None:
    said = replies.answer(verdict_with(*[0.9, 0.1] * 7, 0.5), None)
    assert said == "15 faces: 7 😊, 7 😢 (2, 4, 6, 8, 10, 12, 14), 1 🤔 (15)"


def test_a_crowd_is_said_to_be_larger() -> None:
    crowd = replace(verdict_with(*[0.9] * 40), more_faces=True)
    assert replies.answer(crowd, None) == (
        "40 faces, all 😊 happy\nThere are even more faces; I looked at the 40 largest."
    )


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([Label.SAD], "I know this one! ✔ marks what I was told."),
        ([None, Label.SAD], "I know this one! ✔ marks what I was told."),
    ],
)
def test_what_was_said_before_is_repeated(labels: list[Label | None], said: str) -> None:
    lines = replies.answer(verdict_with(*[0.9] * len(labels)), stored(*labels)).splitlines()
    assert said in lines


def test_an_album_is_answered_picture_by_picture() -> None:
    results: list[PhotoVerdict | str] = [
        verdict_with(0.97),
        "This picture seems to be damaged. Please send it again.",
        verdict_with(0.1, 0.2, 0.9),
        verdict_with(0.9, 0.95),
        verdict_with(0.5, 0.5),
        replace(verdict_with(*[0.9] * 39, 0.5), more_faces=True),
        verdict_with(whole=0.65),
        verdict_with(whole=0.35),
        verdict_with(whole=0.5),
    ]
    assert replies.album(results, stored_album(8)) == (
        "9 pictures: 3 😊, 5 🤔, 1 ⚠️\n"
        f"1. 😊 Happy, 97{THIN}% sure\n"
        "2. ⚠️ This picture seems to be damaged. Please send it again.\n"
        "3. 🤔 Mixed: 3 faces, 1 😊, 2 😢\n"
        "4. 😊 Happy: 2 faces\n"
        "5. 🤔 Hard to say: 2 faces\n"
        "6. 😊 Happy: 40+ faces, 39 😊, 1 🤔\n"
        "7. 🤔 No face; looks a bit 😊 cheerful\n"
        "8. 🤔 No face; looks a bit 😢 gloomy\n"
        "9. 🤔 No face, hard to say\n"
        "Wrong somewhere, or curious why? Tap the number."
    )


def test_the_last_line_about_an_album_fits_its_buttons() -> None:
    results = [verdict_with(whole=0.65), verdict_with(whole=0.35)]
    several = replies.album(results, stored_album(2, whole_pictures=True))
    assert several.splitlines()[-1] == "Wrong somewhere? Tap the number."  # there is no Why?
    one = replies.album([verdict_with(whole=0.65), "Oh."], stored_album(1, whole_pictures=True))
    assert one.splitlines()[-1] == "2. ⚠️ Oh."  # the buttons have no number


def test_an_album_without_any_verdict_says_only_that() -> None:
    assert replies.album(["Oh.", "No."], None) == "2 pictures: 2 ⚠️\n1. ⚠️ Oh.\n2. ⚠️ No."


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
        help_replies.explanation("photo_mood_bot"),
        *help_replies.not_a_picture().values(),
    ):
        assert 0 < len(text) <= 4096
