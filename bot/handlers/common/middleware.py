"""What happens to every update before its handler."""

import logging

from telegram import Chat, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.errors import StorageError
from bot.handlers.common.senders import user_of
from bot.i18n import set_language
from bot.inbox.item import Payload, Unreadable, update_of

logger = logging.getLogger(__name__)


async def prepare(payload: Payload, context: Context) -> None:
    """Drop a message that was already delivered, and set the language for a new one.

    The messages of an album are looked at where they are answered, because some may come later.
    """
    if isinstance(payload, Unreadable):
        chosen = await _chosen_language(payload.chat_id, None, context)
        set_language(chosen or payload.language_code)
        # In a private chat, whose id is that of its user.
        if payload.chat_id in context.services.settings.bot_admins:
            context.services.command_menus.admin_seen(payload.chat_id, in_private=True)
        return
    message = payload.message if isinstance(payload, Update) else None
    if message and not context.is_new(message):
        logger.info("A message came again in another update, ignored")
        raise ApplicationHandlerStop
    update = update_of(payload)
    if update is None:
        set_language(None)
        return
    user, group = user_of(update), _group_id(update.effective_chat)
    chosen = await _chosen_language(user.id if user else None, group, context)
    set_language(chosen or (user.language_code if user else None))
    if user and context.is_admin(user):
        own = await _chosen_language(user.id, None, context)
        context.note_language(user, own or user.language_code)
        chat = update.effective_chat
        in_private = chat is not None and chat.id == user.id
        context.services.command_menus.admin_seen(user.id, in_private=in_private)


async def _chosen_language(
    user_id: int | None, group_id: int | None, context: Context
) -> str | None:
    try:
        return await context.services.languages.chosen(user_id, group_id)
    except StorageError as error:
        logger.warning("Chosen languages cannot be read, so the app's is used: %s", error)
        return None


def _group_id(chat: Chat | None) -> int | None:
    is_group = chat is not None and chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
    return chat.id if chat and is_group else None
