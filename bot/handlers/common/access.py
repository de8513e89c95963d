"""Turns away people whom the settings do not allow to use the bot.

What is stored about them stays theirs: they can read about it, get it, and have it erased.
"""

import logging
import re

from telegram import Message, Update
from telegram.ext import ApplicationHandlerStop

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge
from bot.handlers.common.mentions import expects_answer
from bot.handlers.common.senders import user_of
from bot.inbox.item import Payload, Unreadable, update_of
from bot.replies import access as replies

# For everybody; in a group, `/whoami@bot` is, too.
_OPEN_COMMANDS = re.compile(r"/(whoami|privacy|mydata|forget)(@\w+)?(\s|\Z)", re.ASCII)
_OPEN_TAPS = re.compile(r"forget:")

logger = logging.getLogger(__name__)


async def check_access(payload: Payload, context: Context) -> None:
    """Let an update pass if its sender, or the group that it comes from, may use the bot."""
    allowed = context.services.settings.bot_allowed
    if not allowed or _ids_of(payload) & (allowed | context.services.settings.bot_admins):
        return
    update = update_of(payload)
    if update and _is_open(update):
        return
    if update and update.callback_query:
        await acknowledge(update.callback_query, replies.not_allowed(), alert=True)
    elif update and update.message and expects_answer(update.message, context):
        await _tell(update.message, context)
    raise ApplicationHandlerStop


def _ids_of(payload: Payload) -> set[int]:
    """Return the ids of the user and the chats, of which one must be allowed."""
    if isinstance(payload, Unreadable):
        return {payload.chat_id}
    update = update_of(payload)
    if update is None:
        return set()
    senders = user_of(update), update.message.sender_chat if update.message else None
    return {one.id for one in (update.effective_chat, *senders) if one is not None}


def _is_open(update: Update) -> bool:
    if update.callback_query:
        return bool(_OPEN_TAPS.match(update.callback_query.data or ""))
    text = update.message.text if update.message else None
    return bool(text and _OPEN_COMMANDS.match(text))


async def _tell(message: Message, context: Context) -> None:
    told = context.services.turned_away
    if message.chat_id not in told:
        told[message.chat_id] = None
        logger.info("Somebody who is not in BOT_ALLOWED was turned away")
        await message.reply_text(replies.not_allowed())
