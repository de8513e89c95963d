"""/retrain: learn from the corrections, if an admin wants to."""

import logging
import time

from telegram import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import UnknownButtonError
from bot.handlers.common.callback_queries import acknowledge
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import photos as replies
from bot.replies import retraining as sentences
from bot.services.retraining_service import STOP, RetrainingOffer
from bot.storage import users

PREFIX = "retrain:"
START, CANCEL = "retrain:start", "retrain:cancel"

logger = logging.getLogger(__name__)


@reply_on_storage_error
async def retrain(update: Update, context: Context) -> None:
    """/retrain: say what is new, and ask whether to start; or show how far it is."""
    message, retraining = update.message, context.services.retraining
    if message is None:
        return
    if retraining.is_running:
        text, buttons = retraining.look()
        shown = await message.reply_text(text, reply_markup=buttons)
        retraining.attach(shown.chat_id, shown.message_id, text)
    elif retraining.is_running_elsewhere:
        await message.reply_text(sentences.running_elsewhere(await retraining.running_since()))
    else:
        await _offer(message, await retraining.count_new_samples())


@reply_on_storage_error
async def tap(update: Update, context: Context) -> None:
    """A tap of an admin on Start, Cancel or Stop."""
    query = update.callback_query
    if query is None:
        return
    follow = {START: _start, CANCEL: _cancel, STOP: _stop}.get(query.data or "")
    if follow is None:
        logger.warning("Tap refused: data %.80r", query.data)
        await acknowledge(query, replies.refusal(UnknownButtonError()), alert=True)
    else:
        await follow(query, context)


async def _offer(message: Message, prospect: RetrainingOffer) -> None:
    if not prospect.news.new:
        await message.reply_text(sentences.nothing_new(prospect.since))
        return
    buttons = [
        InlineKeyboardButton(sentences.start_button(), callback_data=START),
        InlineKeyboardButton(sentences.cancel_button(), callback_data=CANCEL),
    ]
    await message.reply_text(
        sentences.offer(prospect.news, prospect.since, prospect.estimate_s),
        reply_markup=InlineKeyboardMarkup([buttons]),
    )


async def _start(query: CallbackQuery, context: Context) -> None:
    retraining = context.services.retraining
    user_id, now = query.from_user.id, int(time.time())
    # A tap that comes a second time, after a restart, must not start a second retraining.
    first = await users.claim_callback(context.services.database, query.id, user_id, now)
    started = first and await retraining.start(user_id)
    if query.message and (started or retraining.is_running):
        retraining.attach(query.message.chat.id, query.message.message_id)
    if started:
        await acknowledge(query)
    else:
        running = retraining.is_running
        await acknowledge(
            query, sentences.running_already() if running else sentences.not_running()
        )
    await retraining.renew()


async def _cancel(query: CallbackQuery, context: Context) -> None:
    await acknowledge(query)
    await _say_instead(query, sentences.cancelled(), context)


async def _stop(query: CallbackQuery, context: Context) -> None:
    if context.services.retraining.stop():
        await acknowledge(query)
        return
    await acknowledge(query, sentences.not_running())
    await _say_instead(query, sentences.not_running(), context)


async def _say_instead(query: CallbackQuery, text: str, context: Context) -> None:
    """Put a sentence in place of the question, and no buttons."""
    if query.message is None:
        return
    try:
        await context.bot.edit_message_text(text, query.message.chat.id, query.message.message_id)
    except BadRequest as error:
        # Most often "message is not modified", after a second tap.
        logger.info("A message stays as it is: %s", error)
