"""/start, /help, and hints for messages without a picture."""

from telegram import Message, Update

from bot.context import Context
from bot.replies import help as replies
from bot.services.command_menus import remove_admin_menu, set_admin_menu


async def start(update: Update, context: Context) -> None:
    """Welcome a user, and set the menu of an admin, which Telegram allows from now on."""
    await _say(update, replies.welcome())
    user = update.effective_user
    if user and context.is_admin(user):
        await set_admin_menu(context.bot, user.id)


async def help_(update: Update, _: Context) -> None:
    """Explain what the bot does."""
    await _say(update, replies.explanation())


async def hint(update: Update, _: Context) -> None:
    """Reply what could be sent instead."""
    if update.message:
        await _say(update, hint_for(update.message))


async def refuse_admin_command(update: Update, context: Context) -> None:
    """Reply to an admin command from a non-admin, and drop their stale menu."""
    await hint(update, context)
    if update.effective_user:
        await remove_admin_menu(context.bot, update.effective_user.id)


def hint_for(message: Message) -> str:
    """Return the reply to a message without a picture."""
    for field, sentence in replies.not_a_picture().items():
        if getattr(message, field):
            return sentence
    return replies.send_a_photo()


async def _say(update: Update, text: str) -> None:
    if update.message:
        await update.message.reply_text(text)
