"""Tells what a refusal of Telegram means for the next message to the same chat.

Telegram has no error codes for this, only words. They are those of the Bot API server
(https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp) and of TDLib;
those in capitals come from Telegram's own servers
(https://core.telegram.org/method/messages.sendMessage).
"""

from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

# In a 400; a 403 always is such a refusal.
_CHAT_IS_CLOSED = (
    "chat not found",
    "peer_id_invalid",
    "channel_private",
    "user_is_blocked",
    "deactivated",
    "group chat was upgraded",
    "not enough rights to send",
    "have no rights to send",
    "need administrator rights",
    "chat_admin_required",
    "chat_restricted",
    "_forbidden",  # CHAT_WRITE_FORBIDDEN, CHAT_SEND_PLAIN_FORBIDDEN, …
    "topic_closed",
    "topic_deleted",
    "message thread not found",
    "message to be replied not found",
)
# About pictures alone: a text may still be allowed.
_PICTURES = ("photo", "media")


def is_refusal(error: BaseException | None) -> bool:
    """Return whether Telegram does not let the bot write something in a chat.

    There are many harmless reasons: the user has blocked the bot, has left or deleted the group,
    has deleted the message that is replied to, or an administrator has closed the topic.
    """
    if isinstance(error, Forbidden | ChatMigrated):
        return True
    return isinstance(error, BadRequest) and _contains(error, _CHAT_IS_CLOSED)


def allows_text(error: TelegramError) -> bool:
    """Return whether a text may be sent to a chat where a picture could not be."""
    return not is_refusal(error) or _contains(error, _PICTURES)


def _contains(error: TelegramError, words: tuple[str, ...]) -> bool:
    text = error.message.lower()
    return any(word in text for word in words)
