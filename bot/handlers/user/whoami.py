"""/whoami: tells people the ids that an operator needs for the settings."""

from telegram import Update
from telegram.constants import ChatType

from bot.context import Context
from bot.replies import access as replies


async def whoami(update: Update, _: Context) -> None:
    """Tell a user's id, and in a group also that of the group."""
    message, user = update.message, update.effective_user
    if message and user:
        group_id = None if message.chat.type == ChatType.PRIVATE else message.chat_id
        await message.reply_text(replies.ids(user.id, group_id))
