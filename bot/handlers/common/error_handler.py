"""Handles exceptions of handlers: an apology for the user, a traceback for the operator.

There are neither where Telegram has refused a request, as it does every day: one line in the log
is enough, and another message to the same chat would be refused, too.
"""

import logging

from telegram import Message, Update
from telegram.error import BadRequest, TelegramError

from bot.context import Context
from bot.errors import AnsweredBeforeError, TakenOverError
from bot.handlers.common.callback_queries import acknowledge
from bot.inbox.item import update_of
from bot.log_limit import LogLimit
from bot.replies import photos as replies
from bot.transport.refusals import is_refusal

logger = logging.getLogger(__name__)
_log_limit = LogLimit()  # somebody may know how to make the same error again and again


async def handle_error(payload: object, context: Context) -> None:
    """Log an exception that no handler caught, and apologise to the user."""
    error, update = context.error, update_of(payload)
    if isinstance(error, TakenOverError | AnsweredBeforeError):
        logger.info("Nobody is answered: %s", error)
    elif is_refusal(error):
        text = "Telegram does not let the bot answer: %s"
        _log_limit.log(logger, logging.INFO, str(error), text, error)
    elif isinstance(error, TelegramError) and update and update.callback_query:
        # What the tap was to do is done; only Telegram does not show it.
        logger.warning("After a tap, something could not be shown: %s", error)
    else:
        # What fails on the way says nothing about the code.
        is_bug = not isinstance(error, TelegramError) or isinstance(error, BadRequest)
        traceback = error if is_bug else None
        text = "An update could not be handled: %s"
        _log_limit.log(logger, logging.ERROR, type(error).__name__, text, error, exc_info=traceback)
        if update:
            await _apologise(update)


async def _apologise(update: Update) -> None:
    query = update.callback_query
    message = query.message if query else update.effective_message
    if query:
        await acknowledge(query, replies.apology(), alert=True)
    # Also after a tap: if it was answered before, Telegram does not show the alert.
    if isinstance(message, Message):
        try:
            await message.reply_text(replies.apology())
        except TelegramError as error:
            logger.warning("The apology could not be sent: %s", error)
