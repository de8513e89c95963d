"""Recognises messages in groups that are meant for the bot."""

from telegram import Message, MessageEntity
from telegram.constants import MessageEntityType

_ENTITY_TYPES: list[str | None] = [
    MessageEntityType.BOT_COMMAND,
    MessageEntityType.MENTION,
    MessageEntityType.TEXT_MENTION,
]


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


def _calls(username: str) -> set[str]:
    handle = f"@{username}".lower()
    return {"/mood", f"/mood{handle}", handle}


def _any_mention(calls: set[str], entities: dict[MessageEntity, str], bot_id: int) -> bool:
    return any(
        text.lower() in calls or (entity.user is not None and entity.user.id == bot_id)
        for entity, text in entities.items()
    )
