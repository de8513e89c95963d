"""Tells people about messages and taps that are not handled."""

from telegram import ReplyParameters, Update

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge, acknowledge_or_reply
from bot.handlers.common.mentions import expects_answer
from bot.handlers.user.sending import reply
from bot.inbox.item import Refused, SetAside, Unreadable
from bot.replies import inbox as replies


async def refused(payload: Refused, context: Context) -> None:
    """Tell a person or a group, once a minute, that too much came at once."""
    if payload.is_first:
        await _tell(payload.update, replies.too_many_in_hand(payload.in_hand), context)
    elif payload.update.callback_query:
        await acknowledge(payload.update.callback_query)


async def set_aside(payload: SetAside, context: Context) -> None:
    """Apologise for a message or tap that may have ended the bot twice."""
    await _tell(payload.update, replies.set_aside(), context)


async def unreadable(payload: Unreadable, context: Context) -> None:
    """Tell the sender of a message that it cannot be read."""
    to = ReplyParameters(payload.message_id, allow_sending_without_reply=True)
    await context.bot.send_message(payload.chat_id, replies.unreadable(), reply_parameters=to)


async def _tell(update: Update, text: str, context: Context) -> None:
    if update.callback_query:
        await acknowledge_or_reply(update.callback_query, text, context, alert=True)
    elif update.message and expects_answer(update.message, context):
        await reply(update.message, text)
