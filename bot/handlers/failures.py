"""What happens when a handler fails: a sentence for the sender, a traceback for the operator."""

import logging

from telegram import Update
from telegram.error import Forbidden, TelegramError

from bot import replies
from bot.context import Context

logger = logging.getLogger(__name__)


async def failure(update: object, context: Context) -> None:
    """Report an error that no handler expected."""
    if isinstance(context.error, Forbidden):
        logger.info("Nobody there to answer: %s", context.error)
        return
    logger.error("An update could not be handled", exc_info=context.error)
    message = update.effective_message if isinstance(update, Update) else None
    if message is None:
        return
    try:
        await message.reply_text(replies.apology())
    except TelegramError as error:
        logger.warning("The sender could not be told: %s", error)
