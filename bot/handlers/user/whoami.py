"""/whoami: tells people the ids that an operator needs for the settings."""

from telegram import Update
from telegram.constants import ChatType

from bot.context import Context
from bot.handlers.common.senders import sender_of
from bot.replies import access as replies


async def whoami(update: Update, _: Context) -> None:
    """Tell a user's id, and in a group also that of the group.

    Who writes in the name of a chat is not told the id of the account that Telegram fills in: in
    BOT_ADMINS, it would make an admin of everybody who does.
    """
    message = update.message
    if message:
        user = sender_of(message)
        group_id = None if message.chat.type == ChatType.PRIVATE else message.chat_id
        await message.reply_text(replies.ids(user.id if user else None, group_id))
