"""Which messages of a group the bot receives."""

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA, BEN, GROUP, SandboxClient


@pytest.mark.parametrize(
    ("text", "reaches"),
    [
        ("hello everybody", False),
        ("/mood", True),
        ("please /mood", True),
        ("/mood@photo_mood_sandbox_bot", True),
        ("/mood@PHOTO_mood_sandbox_bot", True),
        ("/mood@another_bot", False),
        ("@photo_mood_sandbox_bot what is this?", True),
        ("@anna look", False),
        ("one/two", False),
    ],
)
def test_texts(bot_api: BotApiClient, client: SandboxClient, text: str, reaches: bool) -> None:
    sent = client.send_text(text, user=BEN, chat=GROUP)
    expected = [sent] if reaches else []
    assert [update["message"] for update in bot_api.call("getUpdates")] == expected


@pytest.mark.parametrize(("caption", "reaches"), [("", False), ("look", False), ("/mood", True)])
def test_photos(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes, caption: str, reaches: bool
) -> None:
    client.send_photo(photo, caption, chat=GROUP)
    assert len(bot_api.call("getUpdates")) == reaches


def test_the_bot_receives_only_the_photo_of_an_album_that_has_a_command(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    first, _ = client.send_photos([photo, photo], "/mood", chat=GROUP)
    assert [update["message"] for update in bot_api.call("getUpdates")] == [first]


def test_the_bot_receives_replies_to_it(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    mine = bot_api.call("sendMessage", chat_id=GROUP, text="Send me a photo")
    theirs = client.send_text("which?", chat=GROUP)
    client.send_photo(photo, chat=GROUP, reply_to=theirs["message_id"])
    answer = client.send_photo(photo, chat=GROUP, reply_to=mine["message_id"])
    assert [update["message"] for update in bot_api.call("getUpdates")] == [answer]


def test_a_command_in_reply_to_a_photo_includes_the_photo(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    shown = client.send_photo(photo, user=BEN, chat=GROUP)
    client.send_text("/mood", user=ANNA, chat=GROUP, reply_to=shown["message_id"])
    [update] = bot_api.call("getUpdates")
    assert update["message"]["reply_to_message"]["photo"] == shown["photo"]


def test_a_bot_without_privacy_mode_receives_everything() -> None:
    with (
        SandboxServer(SandboxOptions(privacy=False)) as server,
        SandboxClient(server.url) as client,
        BotApiClient(server) as bot_api,
    ):
        assert bot_api.call("getMe")["can_read_all_group_messages"] is True
        sent = client.send_text("hello everybody", chat=GROUP)
        assert [update["message"] for update in bot_api.call("getUpdates")] == [sent]
