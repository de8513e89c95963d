"""The buttons under an answer, and what a tap on one of them means.

The callback data of a button is `v1:<answer>-<nonce>:<index>:<action>`, with the answer's id in
base 36: always within Telegram's 64 bytes
(https://core.telegram.org/bots/api#inlinekeyboardbutton). Answers of earlier versions of the bot
have no nonce: `v1:<answer>:<index>:<action>`. The index, from 0, is a photo's for the actions in
`_ON_PHOTOS`, otherwise a face's in `Answer.faces`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.replies import photos as replies
from bot.storage.answers import NONCE_BYTES, Answer, AnswerKey, StoredFace, StoredPhoto
from bot.storage.labels import Label
from model.network.verdict import Verdict

MAX_FACES = 50  # of a photo; Telegram shows at most a hundred buttons
BUTTONS_PER_ROW = 5
_MAX_ID = 2**63 - 1
_DATA = re.compile(
    rf"v1:([0-9a-z]{{1,13}})(?:-([0-9a-f]{{{2 * NONCE_BYTES}}}))?:(\d{{1,4}}):([a-z])", re.ASCII
)
_BASE36_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Action(StrEnum):
    """What a button does."""

    RIGHT = "r"  # confirm the verdict
    HAPPY = "h"
    SAD = "s"
    NOT_A_FACE = "n"
    UNDO = "u"  # take the label back
    FACE = "f"  # show the label of a face, or the choice if it has none
    CHANGE = "c"  # show the choice for a face that has a label
    PICTURE = "p"  # show the faces of a photo
    ALBUM = "a"  # show all photos
    WHY = "w"  # explain the verdict on a face
    ALL_RIGHT = "y"  # confirm the verdicts on the faces of a photo, unless they are unsure
    ASK_WHY = "q"  # show the faces of a photo, to have the verdict on one of them explained


_LABELS = {
    Action.HAPPY: Label.HAPPY,
    Action.SAD: Label.SAD,
    Action.NOT_A_FACE: Label.NOT_A_FACE,
}
# Rows of buttons. Three in one row would be too narrow for some languages.
_MOODS: dict[Verdict, list[tuple[Action, ...]]] = {
    Verdict.HAPPY: [(Action.RIGHT, Action.SAD)],
    Verdict.SAD: [(Action.RIGHT, Action.HAPPY)],
    Verdict.NEUTRAL: [(Action.RIGHT,), (Action.HAPPY, Action.SAD)],
    Verdict.UNSURE: [(Action.HAPPY, Action.SAD)],
}
CORRECTING = frozenset({Action.RIGHT, Action.ALL_RIGHT, Action.UNDO, *_LABELS})
_ON_PHOTOS = frozenset({Action.PICTURE, Action.ALL_RIGHT, Action.ASK_WHY})


@dataclass(frozen=True, slots=True)
class CorrectionButton:
    """The parsed callback data of a button."""

    answer: AnswerKey
    index: int
    action: Action


def parse(data: str) -> CorrectionButton:
    """Parse callback data, which anybody may have forged.

    Raises:
        UnknownButtonError: no button has this data.
    """
    parts = _DATA.fullmatch(data)
    if parts is None or parts[4] not in list(Action) or int(parts[1], 36) > _MAX_ID:
        raise UnknownButtonError(f"data of {len(data)} characters")
    key = AnswerKey(int(parts[1], 36), parts[2])
    return CorrectionButton(key, int(parts[3]), Action(parts[4]))


def chosen_labels(button: CorrectionButton, answer: Answer) -> dict[int, Label | None]:
    """Return the labels that a button with one of the `CORRECTING` actions stands for.

    Returns:
        The labels by the index of the face; None if a label is taken back.

    Raises:
        UnknownButtonError: there is no such face or photo, or it has no such button.
    """
    if button.action is Action.UNDO:
        return {button.index: None}
    if button.action is Action.ALL_RIGHT:
        return dict(_confirmed(answer, button.index))
    face = answer.face(button.index)
    _, photo = _photo_of(answer, button.index)
    if not any(button.action in row for row in _choices(face, photo)):
        raise UnknownButtonError(f"{button.action.name} is not offered for face {button.index}")
    right = button.action is Action.RIGHT
    return {button.index: Label(face.verdict) if right else _LABELS[button.action]}


def _confirmed(answer: Answer, photo_index: int) -> dict[int, Label]:
    """Return the labels that "All right" stands for; faces with other labels keep theirs."""
    first = _first_face(answer, photo_index)
    labels = {
        first + offset: Label(face.verdict)
        for offset, face in enumerate(_photo(answer, photo_index).faces)
        if face.verdict is not Verdict.UNSURE and face.label in (None, Label(face.verdict))
    }
    if not labels:
        raise UnknownButtonError(f"picture {photo_index} has no verdict to confirm")
    return labels


def initial_keyboard(answer: Answer) -> InlineKeyboardMarkup:
    return _album_keyboard(answer) if _is_album(answer) else _photo_keyboard(answer, 0)


def keyboard_after(answer: Answer, button: CorrectionButton) -> InlineKeyboardMarkup:
    """Return the keyboard to show after a tap on a button.

    Raises:
        UnknownButtonError: there is no such face or photo.
    """
    if button.action is Action.ALBUM:
        return initial_keyboard(answer)
    if button.action in _ON_PHOTOS:
        return _photo_keyboard(answer, button.index, asking=button.action is Action.ASK_WHY)
    return _face_keyboard(answer, button.index, choosing=button.action is Action.CHANGE)


def face_name(answer: Answer, index: int) -> str:
    """Return what tells a face from the others in its answer, for example "Face 2".

    Returns:
        An empty string if there is no other face.

    Raises:
        UnknownButtonError: there is no such face.
    """
    photo_index, photo = _photo_of(answer, index)
    number = index - _first_face(answer, photo_index) + 1 if len(photo.faces) > 1 else None
    return replies.face_name(_photo_number(answer, photo), number)


def _album_keyboard(answer: Answer) -> InlineKeyboardMarkup:
    buttons = [
        _button(answer, index, Action.PICTURE, _number(photo.position + 1, photo.faces))
        for index, photo in enumerate(answer.photos)
    ]
    return InlineKeyboardMarkup(_rows(buttons))


def _photo_keyboard(answer: Answer, index: int, asking: bool = False) -> InlineKeyboardMarkup:
    """Return the numbers of a photo's faces, or the keyboard of its only face.

    Args:
        answer: the answer.
        index: the photo.
        asking: whether a tap on a number asks why.
    """
    photo, first = _photo(answer, index), _first_face(answer, index)
    if len(photo.faces) == 1:
        return _face_keyboard(answer, first)
    buttons = [
        _button(
            answer,
            first + offset,
            Action.WHY if asking else Action.FACE,
            _number(offset + 1, [face]),
        )
        for offset, face in enumerate(photo.faces[:MAX_FACES])
    ]
    if asking:
        heading = [[_button(answer, index, Action.ASK_WHY, replies.why_heading())]]
        back = [[_button(answer, index, Action.PICTURE, replies.back_button())]]
        return InlineKeyboardMarkup(heading + _rows(buttons) + back)
    name = replies.face_name(_photo_number(answer, photo), None)
    heading = [[_button(answer, index, Action.PICTURE, name)]] if name else []
    on_all = _on_all_faces(answer, index, photo)
    return InlineKeyboardMarkup([*heading, *_rows(buttons), on_all, *_back_to_album(answer)])


def _on_all_faces(answer: Answer, index: int, photo: StoredPhoto) -> list[InlineKeyboardButton]:
    actions = [Action.ASK_WHY]
    if any(face.label is None and face.verdict is not Verdict.UNSURE for face in photo.faces):
        actions.insert(0, Action.ALL_RIGHT)
    return [_button(answer, index, action, replies.choice_button(action)) for action in actions]


def _face_keyboard(answer: Answer, index: int, choosing: bool = False) -> InlineKeyboardMarkup:
    """Return the label of a face, or the choice if it has none or is to get another one."""
    face = answer.face(index)
    photo_index, photo = _photo_of(answer, index)
    if face.label is None or choosing:
        rows = [[_choice(answer, index, action) for action in row] for row in _choices(face, photo)]
    else:
        change = _button(answer, index, Action.CHANGE, replies.said_button(face.label))
        rows = [[change, _button(answer, index, Action.UNDO, replies.undo_button())]]
        if not photo.whole_picture:
            rows.append([_choice(answer, index, Action.WHY)])
    if name := face_name(answer, index):
        rows.insert(0, [_button(answer, index, Action.FACE, name)])
    if len(photo.faces) > 1:
        rows.append([_button(answer, photo_index, Action.PICTURE, replies.back_button())])
    else:
        rows += _back_to_album(answer)
    return InlineKeyboardMarkup(rows)


def _choices(face: StoredFace, photo: StoredPhoto) -> list[tuple[Action, ...]]:
    moods = _MOODS[face.verdict]
    return moods if photo.whole_picture else [*moods, (Action.WHY, Action.NOT_A_FACE)]


def _choice(answer: Answer, index: int, action: Action) -> InlineKeyboardButton:
    return _button(answer, index, action, replies.choice_button(action))


def _number(number: int, faces: Iterable[StoredFace]) -> str:
    return replies.number_button(number, all(face.label for face in faces))


def _back_to_album(answer: Answer) -> list[list[InlineKeyboardButton]]:
    if not _is_album(answer):
        return []
    return [[_button(answer, 0, Action.ALBUM, replies.back_button())]]


def _photo_number(answer: Answer, photo: StoredPhoto) -> int | None:
    return photo.position + 1 if _is_album(answer) else None


def _is_album(answer: Answer) -> bool:
    # If only one photo of an album could be judged, its position still says which one.
    return len(answer.photos) > 1 or answer.photos[0].position > 0


def _photo(answer: Answer, index: int) -> StoredPhoto:
    if not 0 <= index < len(answer.photos):
        raise UnknownButtonError(f"picture {index} of {len(answer.photos)}")
    return answer.photos[index]


def _first_face(answer: Answer, photo_index: int) -> int:
    return sum(len(photo.faces) for photo in answer.photos[:photo_index])


def _photo_of(answer: Answer, face_index: int) -> tuple[int, StoredPhoto]:
    """Return the photo that a face is in, and the photo's index."""
    answer.face(face_index)
    photos = enumerate(answer.photos)
    return next(at for at in photos if face_index < _first_face(answer, at[0] + 1))


def _rows(buttons: Sequence[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Arrange buttons in as few rows as possible, whose lengths differ by one at most."""
    rows = ceil(len(buttons) / BUTTONS_PER_ROW)
    ends = [ceil(len(buttons) * row / rows) for row in range(rows + 1)]
    return [list(buttons[start:end]) for start, end in pairwise(ends)]


def _button(answer: Answer, index: int, action: Action, text: str) -> InlineKeyboardButton:
    data = f"v1:{_written(answer.key)}:{index}:{action}"
    return InlineKeyboardButton(text, callback_data=data)


def _written(key: AnswerKey) -> str:
    return _base36(key.id) if key.nonce is None else f"{_base36(key.id)}-{key.nonce}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36_DIGITS[digit] + digits
    return digits or "0"
