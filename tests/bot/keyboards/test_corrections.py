import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.keyboards.corrections import (
    MAX_FACES,
    Action,
    CorrectionButton,
    initial_keyboard,
    keyboard_after,
    parse,
)
from bot.storage.answers import Answer, AnswerKey, StoredFace, StoredPhoto
from bot.storage.labels import Label
from model.network.verdict import Verdict

HAPPY, SAD, NEUTRAL, UNSURE = Verdict.HAPPY, Verdict.SAD, Verdict.NEUTRAL, Verdict.UNSURE
MAX_ID = 2**63 - 1
ON_ALL = ["👍 All right", "Why?"]
KEY = AnswerKey(MAX_ID, "0123cdef")


def face(verdict: Verdict, label: Label | None = None) -> StoredFace:
    return StoredFace(1, verdict, 0.5, label, 0, original_id=1)


def answer(*pictures: list[StoredFace], whole: bool = False) -> Answer:
    """Return an answer with these faces in each of its photos."""
    known = (StoredPhoto(at, whole, tuple(faces)) for at, faces in enumerate(pictures))
    return Answer(KEY, 1, tuple(known))


def button_texts(markup: InlineKeyboardMarkup) -> list[list[str]]:
    return [[button.text for button in row] for row in markup.inline_keyboard]


def texts_after(answer: Answer, action: Action, number: int = 0) -> list[list[str]]:
    return button_texts(keyboard_after(answer, CorrectionButton(answer.key, number, action)))


@pytest.mark.parametrize(
    ("verdict", "offered"),
    [
        (HAPPY, ["👍 Right", "It's 😢 Sad"]),
        (SAD, ["👍 Right", "It's 😊 Happy"]),
        (UNSURE, ["It's 😊 Happy", "It's 😢 Sad"]),
    ],
)
def test_a_single_face_gets_its_choices(verdict: Verdict, offered: list[str]) -> None:
    assert button_texts(initial_keyboard(answer([face(verdict)]))) == [
        offered,
        ["Why?", "Not a face"],
    ]
    assert button_texts(initial_keyboard(answer([face(verdict)], whole=True))) == [offered]


def test_a_neutral_face_may_be_confirmed_or_called_happy_or_sad() -> None:
    assert button_texts(initial_keyboard(answer([face(NEUTRAL)]))) == [
        ["👍 Right"],
        ["It's 😊 Happy", "It's 😢 Sad"],
        ["Why?", "Not a face"],
    ]
    assert button_texts(initial_keyboard(answer([face(NEUTRAL), face(UNSURE)])))[-1] == ON_ALL


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (Label.HAPPY, "✔ It's 😊 Happy"),
        (Label.SAD, "✔ It's 😢 Sad"),
        (Label.NEUTRAL, "✔ It's 😐 Neutral"),
        (Label.NOT_A_FACE, "✔ Not a face"),
    ],
)
def test_a_label_is_shown_with_undo(label: Label, told: str) -> None:
    one = answer([face(HAPPY, label)])
    assert button_texts(initial_keyboard(one)) == [[told, "Undo"], ["Why?"]]
    assert texts_after(one, Action.CHANGE) == [["👍 Right", "It's 😢 Sad"], ["Why?", "Not a face"]]


@pytest.mark.parametrize(
    ("count", "rows"),
    [(2, [2]), (5, [5]), (6, [3, 3]), (7, [4, 3]), (11, [4, 4, 3]), (12, [4, 4, 4]), (40, [5] * 8)],
)
def test_the_rows_of_numbers_are_even(count: int, rows: list[int]) -> None:
    *numbers, last = button_texts(initial_keyboard(answer([face(HAPPY)] * count)))
    assert [len(row) for row in numbers] == rows
    assert [text for row in numbers for text in row] == [f"{at + 1}" for at in range(count)]
    assert last == ON_ALL


def test_only_sure_verdicts_without_a_label_are_confirmed_together() -> None:
    for faces in ([face(UNSURE)] * 2, [face(HAPPY, Label.HAPPY), face(SAD, Label.NOT_A_FACE)]):
        assert button_texts(initial_keyboard(answer(faces)))[-1] == ["Why?"]


def test_the_faces_of_several_are_asked_about_by_number() -> None:
    several = answer([face(HAPPY)], [face(SAD)] * 2)
    asking = keyboard_after(several, CorrectionButton(several.key, 1, Action.ASK_WHY))
    assert button_texts(asking) == [["Why? Tap a face's number"], ["1", "2"], ["‹ Back"]]
    asked = [parse(str(button.callback_data)) for button in asking.inline_keyboard[1]]
    assert [(button.action, button.index) for button in asked] == [(Action.WHY, 1), (Action.WHY, 2)]


def test_several_faces_are_numbered() -> None:
    several = answer([face(HAPPY), face(SAD, Label.SAD), *[face(HAPPY)] * 5])
    assert button_texts(initial_keyboard(several)) == [
        ["1", "✔ 2", "3", "4"],
        ["5", "6", "7"],
        ON_ALL,
    ]
    assert texts_after(several, Action.FACE, 2) == [
        ["Face 3"],
        ["👍 Right", "It's 😢 Sad"],
        ["Why?", "Not a face"],
        ["‹ Back"],
    ]
    assert texts_after(several, Action.FACE, 1) == [
        ["Face 2"],
        ["✔ It's 😢 Sad", "Undo"],
        ["Why?"],
        ["‹ Back"],
    ]


def test_an_album_shows_its_photos_first() -> None:
    album = answer([face(HAPPY)], [face(SAD), face(SAD)], [face(SAD, Label.SAD)])
    assert button_texts(initial_keyboard(album)) == [["1", "2", "✔ 3"]]
    assert texts_after(album, Action.PICTURE, 0)[0] == ["Picture 1"]
    assert texts_after(album, Action.PICTURE, 0)[-1] == ["‹ Back"]
    assert texts_after(album, Action.PICTURE, 1) == [
        ["Picture 2"],
        ["1", "2"],
        ON_ALL,
        ["‹ Back"],
    ]
    assert texts_after(album, Action.FACE, 2)[0] == ["Picture 2, face 2"]
    noted = [["Picture 3"], ["✔ It's 😢 Sad", "Undo"], ["Why?"], ["‹ Back"]]
    assert texts_after(album, Action.PICTURE, 2) == noted


def test_a_tap_on_a_heading_changes_nothing() -> None:
    album = answer([face(HAPPY)], [face(SAD), face(SAD)])
    for press in (
        CorrectionButton(album.key, 1, Action.PICTURE),
        CorrectionButton(album.key, 2, Action.FACE),
    ):
        markup = keyboard_after(album, press)
        again = parse(str(markup.inline_keyboard[0][0].callback_data))
        assert keyboard_after(album, again) == markup


def test_back_leads_up_one_step_at_a_time() -> None:
    album = answer([face(HAPPY)], [face(SAD), face(SAD)])
    pressed = CorrectionButton(album.key, 2, Action.FACE)
    way = []
    for _ in range(2):
        back = keyboard_after(album, pressed).inline_keyboard[-1][-1]
        assert back.text == "‹ Back"
        pressed = parse(str(back.callback_data))
        way.append((pressed.action, pressed.index))
    assert way == [(Action.PICTURE, 1), (Action.ALBUM, 0)]


def test_photos_keep_their_numbers_when_others_could_not_be_judged() -> None:
    third = Answer(KEY, 1, (StoredPhoto(2, False, (face(HAPPY),)),))
    assert button_texts(initial_keyboard(third)) == [["3"]]


def test_hundreds_of_faces_get_buttons_that_telegram_accepts() -> None:
    crowd = answer(*[[face(HAPPY)] * 300] * 10)
    markups = [initial_keyboard(crowd)]
    markups += [
        keyboard_after(crowd, CorrectionButton(KEY, at, Action.PICTURE)) for at in range(10)
    ]
    markups += [keyboard_after(crowd, CorrectionButton(KEY, at, Action.FACE)) for at in (0, 2999)]
    for markup in markups:
        buttons = [button for row in markup.inline_keyboard for button in row]
        assert len(buttons) <= MAX_FACES + 4
        for button in buttons:
            assert isinstance(button.callback_data, str)
            assert len(button.callback_data.encode()) <= 64
            assert parse(button.callback_data).answer == KEY


@pytest.mark.parametrize(
    "data",
    [
        "",
        "hello",
        "v1",
        "v2:1:0:r",
        "v1:1:0:x",
        "v1:1:0:rr",
        "v1:1-:0:r",
        "v1:1-0123cde:0:r",
        "v1:1-0123CDEF:0:r",
        "v1:1:-1:r",
        "v1:1:0:r:0",
        "v1:1:0:r\n",
        "v1:A:0:r",
        "v1:١:0:r",
        "v1:1:99999:r",
        "v1:zzzzzzzzzzzzz:0:r",
        "v1:1y2p0ij32e8e8:0:r",
        "v1:" + "1" * 5000 + ":0:r",
    ],
)
def test_forged_data_is_refused(data: str) -> None:
    with pytest.raises(UnknownButtonError):
        parse(data)


@given(
    st.text() | st.from_regex(r"v1:[0-9a-z]{1,20}(-[0-9a-f]{8})?:[0-9]{1,9}:[a-z]", fullmatch=True)
)
def test_any_data_is_parsed_or_refused(data: str) -> None:
    with contextlib.suppress(UnknownButtonError):
        assert 0 <= parse(data).answer.id <= MAX_ID


@pytest.mark.parametrize("action", [Action.FACE, Action.PICTURE, Action.RIGHT, Action.ASK_WHY])
def test_a_missing_face_or_photo_is_refused(action: Action) -> None:
    with pytest.raises(UnknownButtonError):
        texts_after(answer([face(HAPPY)]), action, 1)


def test_answers_of_earlier_versions_keep_their_buttons() -> None:
    one = Answer(AnswerKey(36, None), 1, (StoredPhoto(0, False, (face(HAPPY),)),))
    first = initial_keyboard(one).inline_keyboard[0][0]
    assert first.callback_data == "v1:10:0:r"
    assert parse("v1:10:0:r").answer == one.key


def test_a_whole_picture_has_nothing_to_explain() -> None:
    labelled = answer([face(HAPPY, Label.SAD)], whole=True)
    assert button_texts(initial_keyboard(labelled)) == [["✔ It's 😢 Sad", "Undo"]]
