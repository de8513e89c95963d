"""What happens when a handler fails: a sentence for the sender, a traceback for the operator."""

import logging

from telegram import Message, Update
from telegram.error import Forbidden, TelegramError

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge
from bot.replies import photos as replies

logger = logging.getLogger(__name__)


async def handle_error(update: object, context: Context) -> None:
    """Report an error that no handler expected."""
    if isinstance(context.error, Forbidden):
        logger.info("Nobody there to answer: %s", context.error)
        return
    logger.error("An update could not be handled", exc_info=context.error)
    if not isinstance(update, Update):
        return
    try:
        await _apologise(update)
    except TelegramError as error:
        logger.warning("The sender could not be told: %s", error)


async def _apologise(update: Update) -> None:
    query = update.callback_query
    message = query.message if query else update.effective_message
    if query:
        await acknowledge(query, replies.apology(), alert=True)
    # After a tap, too: if it had been acknowledged before, Telegram does not show the alert.
    if isinstance(message, Message):
        await message.reply_text(replies.apology())
