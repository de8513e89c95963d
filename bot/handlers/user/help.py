"""/start, /help, and hints for messages without a picture."""

from telegram import Message, Update

from bot.context import Context
from bot.replies import help as replies
from bot.replies import stats as admin_replies


async def start(update: Update, context: Context) -> None:
    """Welcome a user."""
    await _say(update, context.with_operators_line(replies.welcome()))


async def help_(update: Update, context: Context) -> None:
    """Explain what the bot does, and to an admin, what else they can do."""
    text = replies.explanation()
    if context.is_admin(update.effective_user):
        text += f"\n\n{admin_replies.explanation()}"
    await _say(update, context.with_operators_line(text))


async def hint(update: Update, _: Context) -> None:
    """Reply what could be sent instead."""
    if update.message:
        await _say(update, hint_for(update.message))


def hint_for(message: Message) -> str:
    """Return the reply to a message without a picture."""
    for field, sentence in replies.not_a_picture().items():
        if getattr(message, field):
            return sentence
    return replies.send_a_photo()


async def _say(update: Update, text: str) -> None:
    if update.message:
        await update.message.reply_text(text)
