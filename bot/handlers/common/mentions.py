"""Recognises messages in groups that are meant for the bot."""

from collections.abc import Iterable

from telegram import Message, MessageEntity
from telegram.constants import ChatType, MessageEntityType

from bot.context import Context
from bot.services.attachments import find_image

_ENTITY_TYPES: list[str | None] = [
    MessageEntityType.BOT_COMMAND,
    MessageEntityType.MENTION,
    MessageEntityType.TEXT_MENTION,
]


def is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def is_for_bot(messages: Iterable[Message], context: Context) -> bool:
    """Return whether one of some messages, with or without pictures, is meant for the bot.

    In a group in privacy mode, Telegram passes on replies to the bot, and does not say whether it
    passes on captions that mention it (https://core.telegram.org/bots/faq).
    """
    bot = context.bot
    return any(
        is_private(message)
        or _replies_to_bot(message, bot.id)
        or caption_mentions_bot(message, bot.id, bot.username)
        for message in messages
    )


def expects_answer(message: Message, context: Context) -> bool:
    """Return whether the sender of a message waits for the bot to say something."""
    if find_image(message) and is_for_bot([message], context):
        return True
    return is_private(message) or mentions_bot(message, context.bot.id, context.bot.username)


def names_bot(message: Message, username: str) -> bool:
    """Return whether a text begins with a command for this bot and no other, as /mood@bot."""
    command, _, addressee = (message.text or "").partition(" ")[0].partition("@")
    return command.startswith("/") and addressee.lower() == username.lower()


def caption_mentions_bot(message: Message, bot_id: int, username: str) -> bool:
    """Return whether a caption contains /mood or mentions the bot.

    Args:
        message: a message with or without a caption.
        bot_id: the bot's user id.
        username: the bot's user name without the @.
    """
    entities = message.parse_caption_entities(_ENTITY_TYPES)
    return _any_mention(_calls(username), entities, bot_id)


def text_mentions_bot(message: Message, bot_id: int, username: str) -> bool:
    """Return whether a text mentions the bot.

    Args:
        message: a message with or without a text.
        bot_id: the bot's user id.
        username: the bot's user name without the @.
    """
    return _any_mention({f"@{username}".lower()}, message.parse_entities(_ENTITY_TYPES), bot_id)


def mentions_bot(message: Message, bot_id: int, username: str) -> bool:
    """Return whether a text or a caption contains /mood or mentions the bot.

    Args:
        message: any message.
        bot_id: the bot's user id.
        username: the bot's user name without the @.
    """
    return caption_mentions_bot(message, bot_id, username) or _any_mention(
        _calls(username), message.parse_entities(_ENTITY_TYPES), bot_id
    )


def _replies_to_bot(message: Message, bot_id: int) -> bool:
    """Return whether a message replies to the bot with more than a sticker or a GIF.

    Those are comments on what the bot has said.
    """
    if message.sticker or message.animation:
        return False
    original = message.reply_to_message
    return bool(original and original.from_user and original.from_user.id == bot_id)


def _calls(username: str) -> set[str]:
    handle = f"@{username}".lower()
    return {"/mood", f"/mood{handle}", handle}


def _any_mention(calls: set[str], entities: dict[MessageEntity, str], bot_id: int) -> bool:
    return any(
        text.lower() in calls or (entity.user is not None and entity.user.id == bot_id)
        for entity, text in entities.items()
    )
