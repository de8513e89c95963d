"""Whatever a bot sends, the answer is in the Bot API's format and the sandbox keeps running."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.bot_api.methods import METHODS
from bot.sandbox.server import SandboxServer
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ALEX, ANNA, GROUP, SandboxClient

DOCUMENTATION = Path(__file__).parents[4] / "docs" / "sandbox.md"
PARAMETERS = [
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
ANY_JSON = st.recursive(
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
PLAUSIBLE_VALUES = st.sampled_from(
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
def bot_api() -> Iterator[BotApiClient]:
    """The Bot API of one sandbox, which must survive all calls."""
    with (
        SandboxServer() as server,
        SandboxClient(server.url) as client,
        BotApiClient(server) as bot_api,
    ):
        for user in (ALEX, ANNA):
            client.send_text("/start", user=user)
            bot_api.call("sendMessage", chat_id=user, text="hello")
        yield bot_api


def test_the_documentation_lists_exactly_the_methods_there_are() -> None:
    table = DOCUMENTATION.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(METHODS)


@settings(max_examples=400, deadline=None)
@given(
    method=st.sampled_from([name for name in METHODS if name != "setWebhook"]),
    params=st.dictionaries(st.sampled_from(PARAMETERS), PLAUSIBLE_VALUES | ANY_JSON, max_size=6),
    as_strings=st.booleans(),
)
def test_nothing_breaks_the_sandbox(
    bot_api: BotApiClient, method: str, params: dict[str, object], as_strings: bool
) -> None:
    if as_strings:
        params = {name: json.dumps(value) for name, value in params.items()}
    answer = bot_api.post(method, **params)
    body = answer.json()
    assert answer.status_code < 500, (method, params, body)
    assert body["ok"] is (answer.status_code == 200)
    assert ("result" in body) is body["ok"]
    assert ("description" in body) is not body["ok"]
    # Whatever was accepted can be read again.
    address = f"{bot_api.base.partition('/bot')[0]}/sandbox/chats/{ANNA}/messages"
    assert bot_api.http.get(address).status_code == 200
