"""What happens to every update before its handler."""

import logging

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.i18n import set_language

logger = logging.getLogger(__name__)


async def prepare(update: Update, context: Context) -> None:
    """Drop an update that was already delivered, and set the language for a new one."""
    if _is_duplicate(update, context):
        logger.info("Update %d came again, ignored", update.update_id)
        raise ApplicationHandlerStop
    user = update.effective_user
    set_language(user.language_code if user else None)
    if user and context.is_admin(user):
        # Admins are also notified of retraining that they did not start.
        context.services.retraining_notifier.note_language(user.id, user.language_code)
        if update.effective_chat and update.effective_chat.id == user.id:
            context.services.command_menus.admin_wrote(user.id)


def _is_duplicate(update: Update, context: Context) -> bool:
    """Return whether this update, or another one with the same message, was already delivered.

    Telegram promises to deliver each update at least once, not exactly once.
    """
    keys: list[int | tuple[int, int]] = [update.update_id]
    if message := update.message:
        keys.append((message.chat_id, message.message_id))
    seen = context.services.seen
    known = any(key in seen for key in keys)
    seen.update(dict.fromkeys(keys))
    return known
