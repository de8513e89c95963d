"""Who sent a message, and where, if Telegram names a stand-in.

A message in the name of a chat is one of a channel in its discussion group, of an anonymous admin
of a group, or of somebody who writes as a channel. Its `from` names an account that all chats
share, and `sender_chat` the chat (https://core.telegram.org/bots/api#message). A tap on a button
names the real user nevertheless: https://github.com/tdlib/telegram-bot-api/issues/667.
"""

from telegram import Message, Update, User
from telegram.constants import ChatID

SHARED_ACCOUNTS = frozenset({ChatID.SERVICE_CHAT, ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL})


def sender_of(message: Message) -> User | None:
    """Return the person or bot who sent a message; None if it was sent in the name of a chat."""
    return None if message.sender_chat else _if_real(message.from_user)


def user_of(update: Update) -> User | None:
    """Return who sent a message, tapped or did something else; None for the name of a chat."""
    return sender_of(update.message) if update.message else _if_real(update.effective_user)


def asker_id(question: Message) -> int:
    """Return the id of the user or chat whose share and daily quota a question counts towards."""
    asker = question.sender_chat or _if_real(question.from_user) or question.chat
    return asker.id


def is_anonymous_admin(message: Message) -> bool:
    """Return whether a message was sent in the name of its own group, as only admins can."""
    return message.sender_chat is not None and message.sender_chat.id == message.chat_id


def _if_real(user: User | None) -> User | None:
    return None if user is None or user.id in SHARED_ACCOUNTS else user
