"""The bot where people really are: in forums, under a channel's posts, among anonymous admins."""

from bot.replies import access as access_replies
from bot.replies import help as help_replies
from tests.support.bot_database import rows
from tests.support.bot_process import BotSandbox
from tests.support.conversation import BOT_NAME, MOOD, PORTRAIT, ask_in_group, replied_to
from tests.support.portraits import group_photo, jpeg_of
from tests.support.sandbox_client import (
    ALEX,
    ANNA,
    BEN,
    CHANNEL,
    DISCUSSION,
    FORUM,
    GROUP,
    SandboxClient,
    buttons,
    text_of,
)

TOPIC = 2
SLOW_S = 1.0  # of a download; "typing…" is shown meanwhile


def test_added_to_a_group_it_says_once_how_to_ask(chat: SandboxClient) -> None:
    chat.add_bot(GROUP, is_member=False)
    chat.add_bot(GROUP)
    how = help_replies.how_to_ask_in_group(BOT_NAME[1:], sees_all=False)
    assert text_of(chat.wait_for_message(chat=GROUP)) == how
    photo = ask_in_group(chat)
    answer = chat.wait_for_message(chat=GROUP, edited=False)
    assert replied_to(answer) == photo["message_id"]


def test_in_a_topic_typing_drawing_and_explanation_stay_in_it(chat: SandboxClient) -> None:
    photo = chat.send_photo(jpeg_of(group_photo()), chat=FORUM, message_thread_id=TOPIC)
    chat.fault("file", "timeout", seconds=SLOW_S)
    chat.send_text(MOOD, chat=FORUM, reply_to=photo["message_id"])
    action = chat.wait_for(lambda event: event["type"] == "action")
    answer = chat.wait_for_message(chat=FORUM)
    assert action["message_thread_id"] == answer["message_thread_id"] == TOPIC
    chat.press_label(answer, "1")
    answer = chat.wait_for_message(chat=FORUM)
    chat.press_label(answer, "Why?")
    assert chat.wait_for_message(chat=FORUM, edited=False)["message_thread_id"] == TOPIC


def test_in_general_it_is_answered_there(chat: SandboxClient) -> None:
    ask_in_group(chat, chat=FORUM)
    assert "is_topic_message" not in chat.wait_for_message(chat=FORUM)


def test_channels_and_anonymous_admins_are_answered_without_a_trace(
    shared_sandbox: BotSandbox, chat: SandboxClient
) -> None:
    chat.set_mark()
    chat.send_photo(PORTRAIT, "Spring", user=ALEX, chat=CHANNEL)
    post = chat.messages(DISCUSSION)[-1]
    anonymous = chat.send_photo(PORTRAIT, user=ALEX, chat=DISCUSSION, as_chat_id=DISCUSSION)
    as_channel = chat.send_photo(PORTRAIT, user=ALEX, chat=DISCUSSION, as_chat_id=CHANNEL)
    for photo in (post, anonymous, as_channel):
        # A comment on the post replies to it; so does its author, in the channel's name.
        for asker in ({"user": BEN}, {"user": ALEX, "as_chat_id": CHANNEL}):
            chat.send_text(MOOD, chat=DISCUSSION, reply_to=photo["message_id"], **asker)
            answer = chat.wait_for_message(chat=DISCUSSION)
            assert "sure" in text_of(answer)
            assert buttons(answer) == []
    chat.send_text(f"/whoami{BOT_NAME}", user=ALEX, chat=DISCUSSION, as_chat_id=DISCUSSION)
    told = text_of(chat.wait_for_message(chat=DISCUSSION))
    assert told == access_replies.ids(None, DISCUSSION)
    known = {row[0] for row in rows(shared_sandbox, "SELECT user_id FROM photos")}
    assert known <= {ANNA}
    seen = {row[0] for row in rows(shared_sandbox, "SELECT id FROM users")}
    assert seen <= {ANNA, BEN, CHANNEL}
