"""The buttons under an answer, and what a tap on one says.

A button carries `v1:<answer>:<number>:<action>`, the answer's id in base 36: always within the 64
bytes that Telegram allows (https://core.telegram.org/bots/api#inlinekeyboardbutton). The number is
a picture's for `PICTURE`, else a face's, from 0, counted over all pictures of the answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.replies import explanation as why_replies
from bot.replies import photos as replies
from bot.storage.answers import Answer, Label, StoredFace, StoredPhoto
from model.network.verdict import Verdict

PER_ROW = 5
MAX_FACES = 50  # of a picture; Telegram shows no more than a hundred buttons
_DATA = re.compile(r"v1:([0-9a-z]{1,13}):(\d{1,4}):([a-z])", re.ASCII)
_MAX_ID = 2**63 - 1  # what an id can be
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

Button = InlineKeyboardButton


class Action(StrEnum):
    """What a button does."""

    RIGHT = "r"
    HAPPY = "h"
    SAD = "s"
    NOT_A_FACE = "n"
    UNDO = "u"
    FACE = "f"  # show one face's choice, or what was noted
    CHANGE = "c"  # show its choice, although something was noted
    PICTURE = "p"  # show one picture's faces
    ALBUM = "a"  # show all pictures
    WHY = "w"  # explain what was said about a face


_LABELS = {
    Action.HAPPY: Label.HAPPY,
    Action.SAD: Label.SAD,
    Action.NOT_A_FACE: Label.NOT_A_FACE,
}
_MOODS = {
    Verdict.HAPPY: (Action.RIGHT, Action.SAD),
    Verdict.SAD: (Action.RIGHT, Action.HAPPY),
    Verdict.UNSURE: (Action.HAPPY, Action.SAD),
}
CORRECTING = frozenset({Action.RIGHT, Action.UNDO, *_LABELS})


@dataclass(frozen=True, slots=True)
class CorrectionButton:
    """What a tapped button said."""

    answer_id: int
    number: int
    action: Action


def read(data: str) -> CorrectionButton:
    """Understand the data of a tapped button, which anybody may have forged.

    Raises:
        UnknownButtonError: it is none of ours.
    """
    parts = _DATA.fullmatch(data)
    if parts is None or parts[3] not in list(Action) or int(parts[1], 36) > _MAX_ID:
        raise UnknownButtonError(f"data {data[:80]!r}")
    return CorrectionButton(int(parts[1], 36), int(parts[2]), Action(parts[3]))


def label_meant(action: Action, answer: Answer, number: int) -> Label | None:
    """What one of the `CORRECTING` actions says about a face; None: nothing any more.

    Args:
        action: that was tapped.
        answer: what the face belongs to.
        number: the face's, from 0, over all pictures.

    Raises:
        UnknownButtonError: it is not among the face's choice.
    """
    if action is Action.UNDO:
        return None
    _, picture = _picture_with(answer, number)
    face = answer.faces[number]
    if not any(action in row for row in _offered(face, picture.whole_picture)):
        raise UnknownButtonError(f"{action.name} is not offered for face {number}")
    return Label(face.verdict) if action is Action.RIGHT else _LABELS[action]


def initial_keyboard(answer: Answer) -> InlineKeyboardMarkup:
    """The buttons under a new answer."""
    if _is_album(answer):
        return _pictures(answer)
    return photo_keyboard(answer, 0)


def keyboard_after(answer: Answer, press: CorrectionButton) -> InlineKeyboardMarkup:
    """The buttons to show after a tap.

    Raises:
        UnknownButtonError: there is no such face or picture.
    """
    if press.action is Action.ALBUM:
        return initial_keyboard(answer)
    if press.action is Action.PICTURE:
        return photo_keyboard(answer, press.number)
    return face_keyboard(answer, press.number, choosing=press.action is Action.CHANGE)


def photo_keyboard(answer: Answer, number: int) -> InlineKeyboardMarkup:
    """The numbers of a picture's faces; if it has but one, that face's buttons.

    Raises:
        UnknownButtonError: there is no such picture.
    """
    if not 0 <= number < len(answer.photos):
        raise UnknownButtonError(f"picture {number} of {len(answer.photos)}")
    picture, first = answer.photos[number], _first_face(answer, number)
    if len(picture.faces) == 1:
        return face_keyboard(answer, first)
    buttons = [
        _button(answer, first + index, Action.FACE, _numbered(index + 1, [face]))
        for index, face in enumerate(picture.faces[:MAX_FACES])
    ]
    name = why_replies.title(_picture_number(answer, picture), None)
    heading = [[_button(answer, number, Action.PICTURE, name)]] if name else []
    return InlineKeyboardMarkup(heading + _rows(buttons) + _way_back(answer, Action.ALBUM))


def face_keyboard(answer: Answer, number: int, choosing: bool = False) -> InlineKeyboardMarkup:
    """What can be said about a face, or what was said.

    Args:
        answer: what it belongs to.
        number: its number, from 0, over all pictures.
        choosing: offer the choice even if something was said.

    Raises:
        UnknownButtonError: there is no such face.
    """
    index, picture = _picture_with(answer, number)
    face = answer.faces[number]
    if face.label is None or choosing:
        rows = _choice(answer, number, face, picture.whole_picture)
    else:
        rows = [
            [
                _button(answer, number, Action.CHANGE, replies.noted_button(face.label)),
                _button(answer, number, Action.UNDO, replies.undo_button()),
            ]
        ]
    if name := title(answer, number):
        rows.insert(0, [_button(answer, number, Action.FACE, name)])
    if len(picture.faces) > 1:
        rows.append([_button(answer, index, Action.PICTURE, replies.back_button())])
    else:
        rows += _way_back(answer, Action.ALBUM)
    return InlineKeyboardMarkup(rows)


def title(answer: Answer, number: int) -> str:
    """What tells a face from the others of its answer, in words; empty if there are none.

    Raises:
        UnknownButtonError: there is no such face.
    """
    index, picture = _picture_with(answer, number)
    place = number - _first_face(answer, index) + 1 if len(picture.faces) > 1 else None
    return why_replies.title(_picture_number(answer, picture), place)


def _choice(answer: Answer, number: int, face: StoredFace, whole: bool) -> list[list[Button]]:
    return [
        [_button(answer, number, action, replies.choice_button(action)) for action in row]
        for row in _offered(face, whole)
    ]


def _offered(face: StoredFace, whole: bool) -> list[tuple[Action, ...]]:
    moods = _MOODS[face.verdict]
    return [moods] if whole else [moods, (Action.WHY, Action.NOT_A_FACE)]


def _pictures(answer: Answer) -> InlineKeyboardMarkup:
    buttons = [
        _button(answer, index, Action.PICTURE, _numbered(picture.position + 1, picture.faces))
        for index, picture in enumerate(answer.photos)
    ]
    return InlineKeyboardMarkup(_rows(buttons))


def _numbered(number: int, faces: Sequence[StoredFace]) -> str:
    return replies.number_button(number, all(face.label for face in faces))


def _way_back(answer: Answer, action: Action) -> list[list[Button]]:
    return [[_button(answer, 0, action, replies.back_button())]] if _is_album(answer) else []


def _picture_number(answer: Answer, picture: StoredPhoto) -> int | None:
    return picture.position + 1 if _is_album(answer) else None


def _is_album(answer: Answer) -> bool:
    # Of an album only some pictures may have been judged; then it matters which.
    return len(answer.photos) > 1 or answer.photos[0].position > 0


def _first_face(answer: Answer, number: int) -> int:
    return sum(len(picture.faces) for picture in answer.photos[:number])


def _picture_with(answer: Answer, face: int) -> tuple[int, StoredPhoto]:
    if 0 <= face < len(answer.faces):
        for index, picture in enumerate(answer.photos):
            if face < _first_face(answer, index + 1):
                return index, picture
    raise UnknownButtonError(f"face {face} of {len(answer.faces)}")


def _rows(buttons: list[Button]) -> list[list[Button]]:
    return [buttons[start : start + PER_ROW] for start in range(0, len(buttons), PER_ROW)]


def _button(answer: Answer, number: int, action: Action, text: str) -> Button:
    return Button(text, callback_data=f"v1:{_base36(answer.id)}:{number}:{action}")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
