"""Stops an update that Telegram delivers a second time."""

import logging

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.context import Context

logger = logging.getLogger(__name__)


async def drop_duplicate(update: Update, context: Context) -> None:
    """Let an update through to the other handlers only once."""
    if context.services.seen.before(update):
        logger.info("Update %d came again, ignored", update.update_id)
        raise ApplicationHandlerStop
