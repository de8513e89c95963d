"""Which group messages reach a bot (https://core.telegram.org/bots/features#privacy-mode)."""

from bot.sandbox.cast import BOT, BOT_ID, Json
from bot.sandbox.text import commands, mentions


def reaches_bot(message: Json) -> bool:
    """Return whether a bot in privacy mode receives this message of a group.

    It receives commands that do not name another bot, replies to its own messages, and messages
    that mention it, in captions as in texts.
    """
    if message.get("reply_to_message", {}).get("from", {}).get("id") == BOT_ID:
        return True
    text = message.get("text") or message.get("caption") or ""
    entities = message.get("entities") or message.get("caption_entities") or []
    handle = "@" + BOT["username"]
    if any(name.lower() == handle for name in mentions(text, entities)):
        return True
    return any(
        "@" not in command or command.lower().endswith(handle)
        for command in commands(text, entities)
    )
