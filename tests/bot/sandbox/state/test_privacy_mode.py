"""Which messages of a group the bot receives in privacy mode.

See https://core.telegram.org/bots/faq#what-messages-will-my-bot-get.
"""

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ALEX, ANNA, BEN, DISCUSSION, GROUP, Json, SandboxClient

COMMAND = "/mood@photo_mood_sandbox_bot"


def received(bot_api: BotApiClient) -> list[Json]:
    """Return the messages that the bot has received."""
    return [update["message"] for update in bot_api.call("getUpdates") if "message" in update]


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello everybody", False),
        ("/mood", False),
        (COMMAND, True),
        ("/mood@PHOTO_mood_sandbox_bot please", True),
        (f"please {COMMAND}", False),
        ("/mood@another_bot", False),
        ("@photo_mood_sandbox_bot what is this?", False),
        ("/mood @photo_mood_sandbox_bot", False),
        ("one/two", False),
    ],
)
def test_texts(bot_api: BotApiClient, client: SandboxClient, text: str, reaches: bool) -> None:
    sent = client.send_text(text, user=BEN, chat=GROUP)
    assert received(bot_api) == ([sent] if reaches else [])


def test_a_command_without_a_name_reaches_the_bot_that_wrote_last(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    client.send_text("/mood", chat=GROUP)
    bot_api.call("sendMessage", chat_id=GROUP, text="Hello")
    sent = client.send_text("/mood", chat=GROUP)
    client.send_text("/mood@another_bot", chat=GROUP)
    client.send_text("/mood", chat=DISCUSSION)
    assert received(bot_api) == [sent]


@pytest.mark.parametrize("caption", ["", "look", "/mood", COMMAND, "@photo_mood_sandbox_bot"])
def test_photos_do_not_reach_the_bot_whatever_their_caption(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes, caption: str
) -> None:
    client.send_photos([photo, photo], caption, chat=GROUP)
    assert received(bot_api) == []


def test_the_bot_receives_replies_to_it_and_to_what_has_reached_it(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    mine = bot_api.call("sendMessage", chat_id=GROUP, text="Send me a photo")
    theirs = client.send_text("which?", chat=GROUP)
    client.send_photo(photo, chat=GROUP, reply_to=theirs["message_id"])
    answer = client.send_photo(photo, chat=GROUP, reply_to=mine["message_id"])
    album = client.send_photos([photo, photo], chat=GROUP, reply_to=answer["message_id"])
    assert received(bot_api) == [answer, *album]


def test_a_command_in_reply_to_a_photo_includes_the_photo(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    shown = client.send_photo(photo, user=BEN, chat=GROUP)
    client.send_text(COMMAND, user=ANNA, chat=GROUP, reply_to=shown["message_id"])
    [message] = received(bot_api)
    assert message["reply_to_message"]["photo"] == shown["photo"]


def test_the_bot_receives_service_messages(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.add_bot(GROUP, is_member=False)
    client.send_text(COMMAND, chat=GROUP)
    _, refusal = bot_api.error("sendMessage", chat_id=GROUP, text="Hello")
    assert refusal == "Forbidden: bot was kicked from the supergroup chat"
    client.add_bot(GROUP)
    updates = bot_api.call("getUpdates")
    removed, added = (update["message"] for update in updates if "message" in update)
    assert removed["left_chat_member"]["username"] == "photo_mood_sandbox_bot"
    assert added["new_chat_members"] == [removed["left_chat_member"]]
    assert added["from"]["id"] == ALEX
    changes = [update["my_chat_member"] for update in updates if "my_chat_member" in update]
    statuses = [change["new_chat_member"]["status"] for change in changes]
    assert statuses == ["kicked", "member"]


def test_a_bot_without_privacy_mode_receives_everything() -> None:
    with (
        SandboxServer(SandboxOptions(privacy=False)) as server,
        SandboxClient(server.url) as client,
        BotApiClient(server) as bot_api,
    ):
        assert bot_api.call("getMe")["can_read_all_group_messages"] is True
        sent = client.send_text("hello everybody", chat=GROUP)
        assert received(bot_api) == [sent]
