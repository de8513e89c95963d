"""Whatever a bot sends, the answer is in the Bot API's shape and the sandbox goes on."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.bot_api.methods import METHODS
from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import Wire
from tests.support.sandbox_client import ALEX, ANNA, GROUP, SandboxClient

LISTED = [
    "getMe",
    "getUpdates",
    "setWebhook",
    "deleteWebhook",
    "getWebhookInfo",
    "sendMessage",
    "sendPhoto",
    "sendDocument",
    "sendMediaGroup",
    "sendChatAction",
    "editMessageText",
    "editMessageCaption",
    "editMessageMedia",
    "editMessageReplyMarkup",
    "deleteMessage",
    "answerCallbackQuery",
    "getFile",
    "setMyCommands",
    "getMyCommands",
    "getChat",
    "getChatMember",
    "logOut",
    "close",
]
NAMES = [
    "chat_id",
    "text",
    "caption",
    "message_id",
    "reply_markup",
    "reply_parameters",
    "reply_to_message_id",
    "entities",
    "caption_entities",
    "media",
    "photo",
    "document",
    "action",
    "user_id",
    "file_id",
    "commands",
    "scope",
    "language_code",
    "callback_query_id",
    "offset",
    "limit",
    "allowed_updates",
    "url",
    "secret_token",
    "parse_mode",
    "allow_sending_without_reply",
    "max_connections",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "offset",
                    "length",
                    "url",
                    "user",
                    "id",
                    "media",
                    "caption",
                    "inline_keyboard",
                    "text",
                    "callback_data",
                    "message_id",
                    "chat_id",
                    "command",
                    "description",
                    "caption_entities",
                    "keyboard",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
LIKELY = st.sampled_from(
    [
        ANNA,
        ALEX,
        GROUP,
        1,
        2,
        -1,
        "0",
        "",
        "HTML",
        "<b>x</b>",
        "typing",
        "bold",
        "photo",
        "9" * 5000,
    ]
)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """The bot's side of one sandbox that is to survive all of it."""
    with (
        SandboxServer() as server,
        SandboxClient(server.url) as people,
        Wire(server) as client,
    ):
        for user in (ALEX, ANNA):
            people.send_text("/start", user=user)
            client.call("sendMessage", chat_id=user, text="hello")
        yield client


def test_every_listed_method_is_there() -> None:
    assert set(LISTED) <= set(METHODS)


@settings(max_examples=400, deadline=None)
@given(
    method=st.sampled_from([name for name in METHODS if name not in ("logOut", "setWebhook")]),
    params=st.dictionaries(st.sampled_from(NAMES), LIKELY | JSON, max_size=6),
    packed=st.booleans(),
)
def test_nothing_breaks_the_sandbox(
    wire: Wire, method: str, params: dict[str, object], packed: bool
) -> None:
    if packed:
        params = {name: json.dumps(value) for name, value in params.items()}
    answer = wire.post(method, **params)
    body = answer.json()
    assert answer.status_code < 500, (method, params, body)
    assert body["ok"] is (answer.status_code == 200)
    assert ("result" in body) is body["ok"]
    assert ("description" in body) is not body["ok"]
    # What was taken in can be read again.
    address = f"{wire.base.partition('/bot')[0]}/sandbox/chats/{ANNA}/messages"
    assert wire.http.get(address).status_code == 200
