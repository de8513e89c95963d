"""Replies to users when the database cannot be used."""

import logging
from functools import wraps

from telegram import Update

from bot.context import Context
from bot.errors import StorageError
from bot.handlers.common.callback_queries import Handler, acknowledge
from bot.log_limit import LogLimit
from bot.replies import account as replies

logger = logging.getLogger(__name__)
_log_limit = LogLimit()


def reply_on_storage_error(handler: Handler) -> Handler:
    """Decorate a handler so that a storage error is logged, and the user asked to try again."""

    @wraps(handler)
    async def guarded(update: Update, context: Context) -> None:
        try:
            await handler(update, context)
        except StorageError as error:
            text = "The database cannot be used: %s"
            _log_limit.log(logger, logging.ERROR, type(error).__name__, text, error)
            if update.callback_query:
                await acknowledge(update.callback_query, replies.storage_unavailable(), alert=True)
            elif update.message:
                await update.message.reply_text(replies.storage_unavailable())

    return guarded
