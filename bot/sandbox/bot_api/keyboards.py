"""Reply markups: inline keyboards, checked as Telegram checks them.

https://core.telegram.org/bots/api#inlinekeyboardmarkup. Markups that change the sender's own
keyboard are accepted; as in Telegram they are no part of the message.
"""

from typing import Any, Final

from bot.sandbox.bot_api.params import Params
from bot.sandbox.cast import Json
from bot.sandbox.errors import Failure, bad_request
from bot.sandbox.markup.builder import checked_link

DATA_LIMIT: Final = 64
"""Most bytes of callback data."""
MOST_BUTTONS: Final = 100
ACTIONS: Final = frozenset({"callback_data", "url", "copy_text", "web_app", "login_url", "pay"})
SWITCHES: Final = frozenset(
    {
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
    }
)
OTHER_MARKUPS: Final = ("keyboard", "remove_keyboard", "force_reply")


def inline_keyboard(params: Params) -> Json | None:
    """Return the message's `InlineKeyboardMarkup`, or None when it has none.

    Raises:
        Failure: the markup is malformed or breaks one of Telegram's limits.
    """
    markup = params.mapping("reply_markup", "reply keyboard markup")
    if not markup or any(name in markup for name in OTHER_MARKUPS):
        return None
    if "inline_keyboard" not in markup:
        raise bad_request("object expected as reply markup")
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" must be of type Array')
    keyboard = [_row(row) for row in rows]
    keyboard = [row for row in keyboard if row]
    if sum(map(len, keyboard)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": keyboard} if keyboard else None


def has_button(message: Json, data: str) -> bool:
    """Say whether a message has a button that sends `data`."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button.get("callback_data") == data for row in rows for button in row)


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise _unparsable("InlineKeyboardButton must be an Array")
    return [_button(button) for button in row]


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise _unparsable("InlineKeyboardButton must be an Object")
    text = button.get("text")
    if text is None:
        raise _unparsable('Can\'t find field "text"')
    if not isinstance(text, str):
        raise _unparsable('Field "text" must be of type String')
    given = {name: button[name] for name in ACTIONS if button.get(name)}
    given |= {name: button[name] for name in SWITCHES if name in button}
    if not given:
        raise _unparsable("Text buttons are unallowed in the inline keyboard")
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    _check(given)
    return {"text": text, **given}


def _check(action: Json) -> None:
    """Check what a button does.

    Raises:
        Failure: data too long, an address that is none, or a button of another kind of message.
    """
    data = action.get("callback_data", "")
    if not isinstance(data, str) or len(data.encode()) > DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")
    if "pay" in action:
        raise bad_request("BUTTON_TYPE_INVALID")
    if "url" in action and not checked_link(str(action["url"])):
        known = str(action["url"]).partition("://")[0] in ("http", "https", str(action["url"]))
        reason = "Wrong HTTP URL" if known else "Unsupported URL protocol"
        raise bad_request(f"inline keyboard button URL '{action['url']}' is invalid: {reason}")


def _unparsable(reason: str) -> Failure:
    return bad_request(f"can't parse inline keyboard button: {reason}")
