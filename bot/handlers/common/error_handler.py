"""Handles exceptions of handlers: an apology for the user, a traceback for the operator."""

import logging

from telegram import Message, Update
from telegram.error import Forbidden, TelegramError

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge
from bot.replies import photos as replies

logger = logging.getLogger(__name__)


async def handle_error(update: object, context: Context) -> None:
    """Log an exception that no handler caught, and apologise to the user."""
    if isinstance(context.error, Forbidden):
        logger.info("Cannot reply, the bot was blocked: %s", context.error)
        return
    logger.error("An update could not be handled", exc_info=context.error)
    if not isinstance(update, Update):
        return
    try:
        await _apologise(update)
    except TelegramError as error:
        logger.warning("The apology could not be sent: %s", error)


async def _apologise(update: Update) -> None:
    query = update.callback_query
    message = query.message if query else update.effective_message
    if query:
        await acknowledge(query, replies.apology(), alert=True)
    # Also after a tap: if it was answered before, Telegram does not show the alert.
    if isinstance(message, Message):
        await message.reply_text(replies.apology())
