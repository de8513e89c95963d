"""Decides whether a message in a group is meant for the bot."""

from telegram import Message
from telegram.constants import MessageEntityType

_ADDRESSING: list[str | None] = [
    MessageEntityType.BOT_COMMAND,
    MessageEntityType.MENTION,
    MessageEntityType.TEXT_MENTION,
]


def caption_addresses(message: Message, bot_id: int, username: str) -> bool:
    """Say whether a caption asks for a mood: with /mood, or by mentioning the bot.

    Args:
        message: a message with or without a caption.
        bot_id: the bot's user id.
        username: the bot's name without the @.
    """
    handle = f"@{username}".lower()
    calls = {"/mood", f"/mood{handle}", handle}
    entities = message.parse_caption_entities(_ADDRESSING)
    return any(
        text.lower() in calls or (entity.user is not None and entity.user.id == bot_id)
        for entity, text in entities.items()
    )
