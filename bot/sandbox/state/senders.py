"""Who a message is from, and which topic or thread it belongs to.

The fields are those of https://core.telegram.org/bots/api#message. A message in the name of a chat
is, for a bot, from an account that all such messages share: see the end of `JsonMessage::store` in
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp.
"""

from bot.sandbox.cast import ANONYMOUS_ADMIN, CHANNEL_BOT, TELEGRAM, Json
from bot.sandbox.state.chats import Chat


def sender_fields(chat: Chat, user: Json, as_chat: Json | None) -> Json:
    """Return the fields that say who wrote a message.

    Args:
        chat: where it is written.
        user: who writes, or Telegram for a post that it forwards to a discussion group.
        as_chat: the group or channel in whose name they write; None for their own.
    """
    if chat.info["type"] == "channel":
        return {"sender_chat": chat.info}
    if as_chat is None:
        return {"from": user}
    if as_chat["id"] == chat.id:
        return {"from": ANONYMOUS_ADMIN, "sender_chat": as_chat}
    return {"from": user if user == TELEGRAM else CHANNEL_BOT, "sender_chat": as_chat}


def thread_fields(chat: Chat, topic: int | None, reply_to: Json | None) -> Json:
    """Return the fields that say which topic or thread a message belongs to.

    Args:
        chat: where it is written.
        topic: the forum topic, if it is said; otherwise it is that of `reply_to`.
        reply_to: the message that it replies to.
    """
    if topic is None and reply_to and "is_topic_message" in reply_to:
        topic = reply_to["message_thread_id"]
    if topic is not None:
        fields: Json = {"message_thread_id": topic, "is_topic_message": True}
        # Whatever does not reply to something else replies to the beginning of its topic.
        beginning = reply_to or chat.find(topic)
        return {**fields, "reply_to_message": without_reply(beginning)} if beginning else fields
    if reply_to is None:
        return {}
    fields = {"reply_to_message": without_reply(reply_to)}
    if chat.info["type"] == "supergroup":
        # The number of a thread of replies, with which nothing can be sent:
        # https://github.com/tdlib/telegram-bot-api/issues/447.
        fields["message_thread_id"] = reply_to.get("message_thread_id", reply_to["message_id"])
    return fields


def without_reply(message: Json) -> Json:
    """Return a message as it is quoted: replies are nested one level deep, as in Telegram."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}


def origin(message: Json) -> Json:
    """Return where a message that is forwarded comes from.

    See https://core.telegram.org/bots/api#messageorigin.
    """
    chat = message.get("sender_chat")
    if chat is None:
        return {"type": "user", "date": message["date"], "sender_user": message["from"]}
    if chat["type"] == "channel" and message["chat"] == chat:
        ids = {"chat": chat, "message_id": message["message_id"]}
        return {"type": "channel", "date": message["date"], **ids}
    return {"type": "chat", "date": message["date"], "sender_chat": chat}
