"""Messages of channels, of anonymous admins, of people as a channel, and in topics."""

from collections.abc import Iterator

import pytest

from bot.sandbox.server import SandboxServer
from bot.sandbox.state.sandbox_state import SandboxOptions
from tests.support.bot_api_client import BotApiClient
from tests.support.sandbox_client import (
    ALEX,
    BEN,
    BOT,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    Json,
    SandboxClient,
)

TOPIC = 2


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A sandbox whose bot receives all messages of its groups."""
    with SandboxServer(SandboxOptions(privacy=False)) as server:
        yield server


def test_a_post_of_a_channel_is_forwarded_to_its_discussion_group(
    bot_api: BotApiClient, client: SandboxClient, photo: bytes
) -> None:
    post = client.send_photo(photo, "Spring", user=ALEX, chat=CHANNEL)
    assert "from" not in post
    assert post["sender_chat"]["id"] == CHANNEL
    refusal = bot_api.error("sendMessage", chat_id=CHANNEL, text="Hello")
    assert refusal == (403, "Forbidden: bot is not a member of the channel chat")
    [update] = bot_api.call("getUpdates")  # the bot is not in the channel
    forwarded = update["message"]
    assert forwarded["from"]["id"] == 777000
    assert forwarded["is_automatic_forward"] is True
    assert forwarded["sender_chat"]["id"] == CHANNEL
    assert forwarded["chat"]["id"] == DISCUSSION
    assert forwarded["forward_origin"]["message_id"] == post["message_id"]
    assert forwarded["photo"] == post["photo"]
    comment = client.send_text("nice", chat=DISCUSSION, reply_to=forwarded["message_id"])
    assert comment["message_thread_id"] == forwarded["message_id"]
    assert "is_topic_message" not in comment


def test_who_writes_in_the_name_of_a_chat_is_not_named(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    for as_chat in (GROUP, CHANNEL):
        client.send_text("hello", user=ALEX, chat=GROUP, as_chat_id=as_chat)
    sent = [update["message"] for update in bot_api.call("getUpdates")]
    assert [message["from"]["id"] for message in sent] == [1087968824, 136817688]
    assert [message["sender_chat"]["id"] for message in sent] == [GROUP, CHANNEL]
    with pytest.raises(AssertionError, match="Ben may not write in the name of that chat"):
        client.send_text("hello", user=BEN, chat=GROUP, as_chat_id=GROUP)


def test_messages_are_in_the_topic_that_they_are_sent_to_or_reply_in(
    bot_api: BotApiClient, client: SandboxClient
) -> None:
    asked = client.send_text("hello", chat=FORUM, message_thread_id=TOPIC)
    assert asked["reply_to_message"]["forum_topic_created"]["name"] == "Portraits"
    answers = [
        client.send_text("hi", user=BEN, chat=FORUM, reply_to=asked["message_id"]),
        bot_api.call("sendMessage", chat_id=FORUM, text="hi", message_thread_id=TOPIC),
        bot_api.call(
            "sendMessage",
            chat_id=FORUM,
            text="hi",
            reply_parameters={"message_id": asked["message_id"]},
        ),
    ]
    assert [(m["message_thread_id"], m["is_topic_message"]) for m in answers] == [(TOPIC, True)] * 3


def test_general_is_no_topic(bot_api: BotApiClient, client: SandboxClient) -> None:
    assert "message_thread_id" not in client.send_text("hello", chat=FORUM)
    for chat, topic in ((FORUM, 1), (FORUM, 9), (GROUP, TOPIC)):
        where: Json = {"chat_id": chat, "message_thread_id": topic}
        for method, what in (
            ("sendMessage", {"text": "hi"}),
            ("sendChatAction", {"action": "typing"}),
        ):
            refusal = bot_api.error(method, **where, **what)
            assert refusal == (400, "Bad Request: message thread not found")
    with pytest.raises(AssertionError, match="There is no topic 9"):
        client.send_text("hello", chat=FORUM, message_thread_id=9)


def test_a_chat_action_is_shown_in_its_topic(bot_api: BotApiClient, client: SandboxClient) -> None:
    client.set_mark()
    bot_api.call("sendChatAction", chat_id=FORUM, message_thread_id=TOPIC, action="typing")
    assert client.wait_for(lambda event: event["type"] == "action")["message_thread_id"] == TOPIC


def test_a_reply_to_a_deleted_message_goes_to_general_unless_the_topic_is_named(
    bot_api: BotApiClient,
) -> None:
    gone = {"message_id": 99, "allow_sending_without_reply": True}
    sent = [
        bot_api.call("sendMessage", chat_id=FORUM, text="hi", reply_parameters=gone, **topic)
        for topic in ({}, {"message_thread_id": TOPIC})
    ]
    assert [message.get("message_thread_id") for message in sent] == [None, TOPIC]
    assert all(message["from"]["id"] == BOT for message in sent)
