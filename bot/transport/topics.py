"""The topics of forums, and of private chats with topics."""

from telegram import MaybeInaccessibleMessage, Message


def topic_id(message: MaybeInaccessibleMessage) -> int | None:
    """Return the `message_thread_id` of what is sent to the topic that a message is in.

    A reply goes to the right topic without it, but not if the message was deleted meanwhile. None
    for the topic "General", whose number Telegram refuses
    (https://github.com/tdlib/telegram-bot-api/issues/798), and for a thread of replies outside of
    forums (https://github.com/tdlib/telegram-bot-api/issues/447).
    """
    if not isinstance(message, Message) or not message.is_topic_message:
        return None
    return message.message_thread_id
