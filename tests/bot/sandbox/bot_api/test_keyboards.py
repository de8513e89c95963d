from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA

OK = {"text": "ok", "callback_data": "ok"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    """One sandbox for the whole module: no test depends on what others have sent."""
    with SandboxServer() as server:
        yield server


def _keyboard(*row: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}


def test_a_keyboard_is_not_changed(bot_api: BotApiClient) -> None:
    markup = {
        "inline_keyboard": [
            [OK, {"text": "site", "url": "https://example.com/a?b=c"}],
            [{"text": "copy", "copy_text": {"text": "copied"}}],
            [{"text": "search", "switch_inline_query": ""}],
        ]
    }
    sent = bot_api.call("sendMessage", chat_id=ANNA, text="hi", reply_markup=markup)
    assert sent["reply_markup"] == markup


def test_callback_data_has_at_most_64_bytes(bot_api: BotApiClient) -> None:
    fits = {"text": "😀", "callback_data": "ü" * 32}
    assert bot_api.call("sendMessage", chat_id=ANNA, text="hi", reply_markup=_keyboard(fits))
    large = {"text": "x", "callback_data": "ü" * 32 + "x"}
    refused = bot_api.error("sendMessage", chat_id=ANNA, text="hi", reply_markup=_keyboard(large))
    assert refused == (400, "Bad Request: BUTTON_DATA_INVALID")


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": [[{"text": "A"}]]},
        {"remove_keyboard": True},
        {"force_reply": True},
        {"inline_keyboard": []},
        {"inline_keyboard": [[]]},
    ],
)
def test_other_reply_markups_are_not_part_of_the_message(
    bot_api: BotApiClient, markup: dict[str, object]
) -> None:
    sent = bot_api.call("sendMessage", chat_id=ANNA, text="hi", reply_markup=markup)
    assert "reply_markup" not in sent


@pytest.mark.parametrize(
    ("markup", "description"),
    [
        ({"buttons": []}, "object expected as reply markup"),
        ([], "can't parse reply keyboard markup: Object expected as reply keyboard markup"),
        ({"inline_keyboard": "bad"}, 'field "inline_keyboard" must be of type Array'),
        (
            {"inline_keyboard": [OK]},
            "can't parse inline keyboard button: InlineKeyboardButton must be an Array",
        ),
        (
            _keyboard("bad"),
            "can't parse inline keyboard button: InlineKeyboardButton must be an Object",
        ),
        (
            _keyboard({"callback_data": "x"}),
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            _keyboard({"text": 5, "callback_data": "x"}),
            'can\'t parse inline keyboard button: Field "text" must be of type String',
        ),
        (
            _keyboard({"text": "x", "callback_data": ""}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (_keyboard({"text": "pay", "pay": True}), "BUTTON_TYPE_INVALID"),
        (
            _keyboard({"text": "link", "url": "not-a-url"}),
            "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
        ),
        (
            _keyboard({"text": "link", "url": "ftp://example.com"}),
            "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
        ),
        (_keyboard(*[OK] * 101), "reply markup is too long"),
    ],
)
def test_an_invalid_keyboard_is_rejected(
    bot_api: BotApiClient, markup: object, description: str
) -> None:
    refused = bot_api.error("sendMessage", chat_id=ANNA, text="hi", reply_markup=markup)
    assert refused == (400, f"Bad Request: {description}")
