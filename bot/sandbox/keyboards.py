"""Reply markups: inline keyboards, checked as Telegram checks them.

https://core.telegram.org/bots/api#inlinekeyboardmarkup. Markups that change the sender's own
keyboard are accepted; like in Telegram they are no part of the message.
"""

from typing import Any, Final

from bot.sandbox.failures import bad_request
from bot.sandbox.params import Params
from bot.sandbox.people import Json

DATA_LIMIT: Final = 64
"""Most bytes of callback data."""
MOST_BUTTONS: Final = 100
ACTIONS: Final = ("callback_data", "url", "copy_text", "web_app", "login_url", "pay")
OTHER_MARKUPS: Final = ("keyboard", "remove_keyboard", "force_reply")


def inline_keyboard(params: Params) -> Json | None:
    """Return the message's `InlineKeyboardMarkup`, or None when it has none.

    Raises:
        Failure: the markup is malformed or breaks one of Telegram's limits.
    """
    markup = params.mapping("reply_markup", "reply keyboard markup")
    if not markup:
        return None
    if "inline_keyboard" not in markup:
        if any(name in markup for name in OTHER_MARKUPS):
            return None
        raise bad_request("object expected as reply markup")
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad_request(
            'field "inline_keyboard" of the InlineKeyboardMarkup should be an Array of Arrays'
        )
    if sum(len(row) for row in rows if isinstance(row, list)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    keyboard = [_row(row) for row in rows]
    keyboard = [row for row in keyboard if row]
    return {"inline_keyboard": keyboard} if keyboard else None


def has_button(message: Json, data: str) -> bool:
    """Say whether a message has a button that sends `data`."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise bad_request(
            "can't parse inline keyboard button: Array of InlineKeyboardButton expected"
        )
    return [_button(button) for button in row]


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request(
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object"
        )
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad_request(
            "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard"
        )
    given = {name: button[name] for name in ACTIONS if button.get(name)}
    if not given:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(str(given.get("callback_data", "")).encode()) > DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    return {"text": text, **given}
