"""Inline keyboards, validated as Telegram validates them.

https://core.telegram.org/bots/api#inlinekeyboardmarkup. Reply keyboards and "force reply" are
accepted and, as in Telegram, do not become part of the message.
"""

from typing import Any

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import Json
from bot.sandbox.errors import BotApiError, bad_request
from bot.sandbox.markup.builder import normalized_url

MAX_CALLBACK_DATA_BYTES = 64
MAX_BUTTONS = 100
ACTIONS = frozenset({"callback_data", "url", "copy_text", "web_app", "login_url", "pay"})
SWITCHES = frozenset(
    {
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
    }
)
OTHER_MARKUPS = ("keyboard", "remove_keyboard", "force_reply")


def inline_keyboard(params: Params) -> Json | None:
    """Return the `InlineKeyboardMarkup` of a call, or None if it has none.

    Raises:
        BotApiError: the markup is malformed or exceeds one of Telegram's limits.
    """
    markup = params.json_object("reply_markup", "reply keyboard markup")
    if not markup or any(name in markup for name in OTHER_MARKUPS):
        return None
    if "inline_keyboard" not in markup:
        raise bad_request("object expected as reply markup")
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" must be of type Array')
    keyboard = [_row(row) for row in rows]
    keyboard = [row for row in keyboard if row]
    if sum(map(len, keyboard)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": keyboard} if keyboard else None


def has_button(message: Json, data: str) -> bool:
    """Return whether a message has a button that sends `data`."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise _parse_error("InlineKeyboardButton must be an Array")
    return [_button(button) for button in row]


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise _parse_error("InlineKeyboardButton must be an Object")
    text = button.get("text")
    if text is None:
        raise _parse_error('Can\'t find field "text"')
    if not isinstance(text, str):
        raise _parse_error('Field "text" must be of type String')
    action = {name: button[name] for name in ACTIONS if button.get(name)}
    action |= {name: button[name] for name in SWITCHES if name in button}
    if not action:
        raise _parse_error("Text buttons are unallowed in the inline keyboard")
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    _check_action(action)
    return {"text": text, **action}


def _check_action(action: Json) -> None:
    data = action.get("callback_data", "")
    if not isinstance(data, str) or len(data.encode()) > MAX_CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "pay" in action:
        raise bad_request("BUTTON_TYPE_INVALID")
    if "url" in action and not normalized_url(str(action["url"])):
        known = str(action["url"]).partition("://")[0] in ("http", "https", str(action["url"]))
        reason = "Wrong HTTP URL" if known else "Unsupported URL protocol"
        raise bad_request(f"inline keyboard button URL '{action['url']}' is invalid: {reason}")


def _parse_error(reason: str) -> BotApiError:
    return bad_request(f"can't parse inline keyboard button: {reason}")
