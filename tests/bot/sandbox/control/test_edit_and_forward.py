"""What users do with existing messages."""

import pytest

from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import ANNA, BEN, GROUP, SandboxClient


def test_the_bot_receives_a_changed_caption_as_an_edited_message(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    sent = client.send_photo(photo, "old")
    edited = client.edit_caption(sent, "/mood please")
    assert edited["caption"] == "/mood please"
    assert edited["caption_entities"] == [{"type": "bot_command", "offset": 0, "length": 5}]
    assert edited["photo"] == sent["photo"]
    assert client.message(sent["message_id"]) == edited
    first, second = bot_api.call("getUpdates")
    assert (first["message"], second["edited_message"]) == (sent, edited)
    assert "caption" not in client.edit_caption(sent, "")


def test_in_a_group_the_bot_receives_a_changed_caption_only_of_what_has_reached_it(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    client.edit_caption(client.send_photo(photo, chat=GROUP), "/mood")
    mine = bot_api.call("sendMessage", chat_id=GROUP, text="Send me a photo")
    sent = client.send_photo(photo, chat=GROUP, reply_to=mine["message_id"])
    client.edit_caption(sent, "nice")
    new, edited = bot_api.call("getUpdates")
    assert (new["message"], edited["edited_message"]["caption"]) == (sent, "nice")
    client.add_bot(GROUP, is_member=False)
    client.edit_caption(sent, "the bot is not here any more")
    assert not any("edited_message" in update for update in bot_api.call("getUpdates", offset=-1))


def test_a_forwarded_photo_has_its_origin(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    sent = client.send_photo(photo, "look", user=BEN, chat=GROUP)
    got = client.forward(sent)
    assert got["chat"]["id"] == got["from"]["id"] == ANNA
    assert got["forward_origin"]["sender_user"]["id"] == BEN
    assert (got["photo"], got["caption"]) == (sent["photo"], "look")
    assert bot_api.call("getUpdates")[-1]["message"] == got


def test_only_captions_of_own_photos_and_files_can_be_changed(
    client: SandboxClient, photo: bytes
) -> None:
    text = client.send_text("hello")
    for message, user in ((text, ANNA), (client.send_photo(photo, chat=GROUP), BEN)):
        with pytest.raises(AssertionError, match="one's own photos and files"):
            client.edit_caption(message, "new", user=user)
    with pytest.raises(AssertionError, match="at most 1024 characters"):
        client.edit_caption(client.send_photo(photo), "x" * 1025)


def test_only_existing_and_visible_messages_can_be_forwarded(client: SandboxClient) -> None:
    text = client.send_text("hello")
    with pytest.raises(AssertionError, match="There is no message 999"):
        client.forward({**text, "message_id": 999})
    with pytest.raises(AssertionError, match="Ben is not in this chat"):
        client.forward(text, user=BEN)
