"""The buttons of /language. Their data is `language:` and a language, or `app` for none."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.errors import UnknownButtonError
from bot.i18n import LANGUAGE_NAMES
from bot.replies import language as replies

PREFIX = "language:"
_NONE = "app"
_COLUMNS = 2


def parse(data: str) -> str | None:
    """Return the language that a tapped button, which may be forged, chooses; None for none.

    Raises:
        UnknownButtonError: no such button exists.
    """
    language = data.removeprefix(PREFIX)
    if language == _NONE:
        return None
    if language not in LANGUAGE_NAMES:
        raise UnknownButtonError(f"data of {len(data)} characters")
    return language


def language_buttons(chosen: str | None, in_group: bool) -> InlineKeyboardMarkup:
    """Build the buttons, with a mark at what is chosen now.

    Args:
        chosen: the language; None if none is chosen.
        in_group: whether they choose for a group.
    """
    buttons = [
        _button(language, replies.language_button(language, language == chosen))
        for language in LANGUAGE_NAMES
    ]
    rows = [buttons[start : start + _COLUMNS] for start in range(0, len(buttons), _COLUMNS)]
    as_app = _button(_NONE, replies.no_language_button(in_group, chosen is None))
    return InlineKeyboardMarkup([[as_app], *rows])


def _button(language: str, text: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(text, callback_data=f"{PREFIX}{language}")
