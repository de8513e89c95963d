"""/retrain: retrain on the corrections, if an admin wants to."""

import logging
import time

from telegram import CallbackQuery, Message, Update

from bot.context import Context
from bot.errors import NobodyRetrainsError
from bot.handlers.common.callback_queries import (
    acknowledge,
    acknowledge_or_reply,
    refuse_outdated_button,
    show_text,
)
from bot.handlers.common.staleness import MAX_AGE_S, acknowledge_unless_late, age_s
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.keyboards.retraining import CANCEL, STOP, offer_keyboard, parse_start
from bot.replies import inbox as inbox_replies
from bot.replies import retraining as replies
from bot.services.retraining_service import RetrainingService
from bot.storage import users
from bot.storage.correction_keys import CorrectionKey

logger = logging.getLogger(__name__)


@reply_on_storage_error
async def retrain(update: Update, context: Context) -> None:
    """Handle /retrain: offer a retraining, or show the progress of a running one."""
    message, services = update.message, context.services
    if message is None:
        return
    age = age_s(message.date.timestamp())
    if age > MAX_AGE_S:
        logger.info("A /retrain came %d s late and is not followed", age)
        text = inbox_replies.late_retrain(age)
        await message.reply_text(text, do_quote=True, allow_sending_without_reply=True)
    elif services.retraining.is_running:
        text, buttons = services.retraining_notifier.render()
        sent = await message.reply_text(text, reply_markup=buttons)
        await services.retraining_notifier.attach(sent.chat_id, sent.message_id, text)
    elif await services.retraining.is_running_elsewhere():
        run = await services.retraining.running()
        if run is None or run.started_by is None:  # then its end is told to all admins
            text = replies.running_elsewhere(run.started_at if run else None)
        else:
            text = replies.running_for_another(run.started_at)
        await message.reply_text(text)
    else:
        await _send_offer(message, services.retraining)


@reply_on_storage_error
async def tap(update: Update, context: Context) -> None:
    """Handle a tap on Start, Cancel or Stop."""
    query = update.callback_query
    if query is None:
        return
    data = query.data or ""
    if data == CANCEL:
        await _cancel(query, context)
    elif data.startswith(STOP):
        await _stop(query, data.removeprefix(STOP), context)
    elif newest := parse_start(data):
        await _start(query, newest, context)
    else:
        await refuse_outdated_button(query)


async def _send_offer(message: Message, retraining: RetrainingService) -> None:
    try:
        await retraining.check()
    except NobodyRetrainsError as error:
        await message.reply_text(replies.nobody_retrains(error.command))
        return
    offer = await retraining.offer()
    if offer.newest is None:
        await message.reply_text(replies.nothing_new(offer.since, offer.to_review))
        return
    text = replies.offer(offer.new_samples, offer.since, offer.estimate_s)
    await message.reply_text(text, reply_markup=offer_keyboard(offer.newest))


async def _start(query: CallbackQuery, newest: CorrectionKey, context: Context) -> None:
    services, user_id = context.services, query.from_user.id
    if not await services.retraining.may_learn_from(newest):
        await refuse_outdated_button(query)
        return
    # A tap that is delivered again after a restart must not start a second retraining.
    first = await users.claim_callback(services.database, query.id, user_id, int(time.time()))
    if services.retraining.is_running:
        await acknowledge(query, replies.running_already())
    elif not first:
        await acknowledge_or_reply(query, replies.not_running(), context)
        return
    elif await acknowledge_unless_late(query, context):
        try:
            await services.retraining.start(user_id)  # or another tap was faster
        except NobodyRetrainsError as error:
            await show_text(query, replies.nobody_retrains(error.command), context)
            return
    else:
        return
    if query.message:
        await services.retraining_notifier.attach(query.message.chat.id, query.message.message_id)
    await services.retraining_notifier.refresh()


async def _cancel(query: CallbackQuery, context: Context) -> None:
    await acknowledge(query)
    await show_text(query, replies.cancelled(), context)


async def _stop(query: CallbackQuery, key: str, context: Context) -> None:
    if await context.services.retraining.stop(key):
        await acknowledge(query)
        return
    await acknowledge(query, replies.over_already())
    await show_text(query, replies.over_already(), context)
