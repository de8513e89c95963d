"""Which messages of a group reach a bot in privacy mode.

Telegram's words are at https://core.telegram.org/bots/features#privacy-mode and
https://core.telegram.org/bots/faq#what-messages-will-my-bot-get. Where they leave something open,
such as commands in captions, the narrowest reading is taken, so that the bot is not tried in a
kinder world than Telegram's.
"""

from bot.sandbox.cast import BOT, BOT_ID, Json
from bot.sandbox.state.chats import Chat
from bot.sandbox.text import entity_text

HANDLE: str = "@" + BOT["username"]
SERVICE_FIELDS = frozenset({"new_chat_members", "left_chat_member", "forum_topic_created"})


def reaches_bot(chat: Chat, message: Json) -> bool:
    """Return whether a bot in privacy mode receives this message of a group.

    It receives service messages, replies to messages that are the bot's own or have reached it,
    commands that name it, and commands that name no bot if it was the last bot to write. A mention
    is none of these.
    """
    if SERVICE_FIELDS & message.keys() or _replies_to_what_is_meant_for_it(chat, message):
        return True
    _, _, addressee = _command(message).lower().partition("@")
    if addressee:
        return f"@{addressee}" == HANDLE
    return bool(_command(message)) and chat.bot_wrote_last


def _replies_to_what_is_meant_for_it(chat: Chat, message: Json) -> bool:
    original = message.get("reply_to_message")
    if not original or "forum_topic_created" in original:
        return False  # Telegram adds the latter by itself
    sender: Json = original.get("from", {})
    return sender.get("id") == BOT_ID or original["message_id"] in chat.reached_bot


def _command(message: Json) -> str:
    """Return the command that a text begins with; "" if there is none."""
    for entity in message.get("entities", ()):
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            return entity_text(message["text"], entity)
    return ""
