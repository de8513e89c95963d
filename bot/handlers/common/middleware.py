"""What happens to every update before its handler."""

import logging

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.i18n import set_language
from bot.inbox.item import Album, Payload, Unreadable, update_of

logger = logging.getLogger(__name__)


async def prepare(payload: Payload, context: Context) -> None:
    """Drop a message that was already delivered, and set the language for a new one."""
    if isinstance(payload, Unreadable):
        set_language(payload.language_code)
        return
    if _is_duplicate(payload, context):
        logger.info("A message came again in another update, ignored")
        raise ApplicationHandlerStop
    update = update_of(payload)
    user = update.effective_user if update else None
    set_language(user.language_code if user else None)
    if update and user and context.is_admin(user):
        # Admins are also notified of retraining that they did not start.
        context.services.retraining_notifier.note_language(user.id, user.language_code)
        if update.effective_chat and update.effective_chat.id == user.id:
            context.services.command_menus.admin_wrote(user.id)


def _is_duplicate(payload: Payload, context: Context) -> bool:
    """Return whether the same message was already delivered in another update."""
    if isinstance(payload, Album):
        messages = payload.messages
    else:
        messages = [payload.message] if isinstance(payload, Update) and payload.message else []
    seen = context.services.seen
    keys = [(message.chat_id, message.message_id) for message in messages]
    known = any(key in seen for key in keys)
    seen.update(dict.fromkeys(keys))
    return known
