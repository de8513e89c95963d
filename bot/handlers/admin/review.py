"""/review: the corrections that do not count yet, one after another, for admins to decide about.

A button carries `rv:<a, r or s>:<correction>` (accept, reject, skip) or `rv:u:<user>` (restore).
Where an admin is in the work is known to the database only: next comes what has no decision yet.
"""

import asyncio
import logging
import re
import time

import numpy as np
from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    Update,
)
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge, refuse_unknown_button
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import review as replies
from bot.storage import reviews
from bot.storage.accepted_labels import Decision
from bot.storage.reviews import PendingCorrection, Review, ReviewRecord
from model.faces.crops import encode_png, enlarge_png

PREFIX = "rv:"
SIDE = 480  # of a shown face, in pixels
MAX_RECORDS = 30  # of users set aside, in one message

_DATA = re.compile(r"rv:([arsu]):(\d{1,18})", re.ASCII)
_RESTORE = "u"
_DECISIONS = {"a": Decision.ACCEPTED, "r": Decision.REJECTED, "s": Decision.SKIPPED}

logger = logging.getLogger(__name__)


@reply_on_storage_error
async def review(update: Update, context: Context) -> None:
    """/review: show who is set aside, and the correction to decide about next."""
    message = update.message
    if message is None:
        return
    if records := await _set_aside(context):
        text, buttons = replies.set_aside(records), _restoring(records)
        await message.reply_text(text, reply_markup=buttons)
    correction = await _next(context)
    if correction is None:
        await message.reply_text(replies.nothing_left())
    else:
        await _send(message.chat_id, correction, context)


@reply_on_storage_error
async def review_tap(update: Update, context: Context) -> None:
    """A tap of an admin on a button of /review."""
    query = update.callback_query
    if query is None or query.message is None:
        return
    parts = _DATA.fullmatch(query.data or "")
    if parts is None or query.message.chat.type != ChatType.PRIVATE:
        await refuse_unknown_button(query)
    elif parts[1] == _RESTORE:
        await _restore(query, int(parts[2]), context)
    else:
        await _decide(query, _DECISIONS[parts[1]], int(parts[2]), context)


async def _decide(
    query: CallbackQuery, decision: Decision, correction_id: int, context: Context
) -> None:
    """Store a decision, then acknowledge it, then show the next correction in its place."""
    ruling = Review(query.id, query.from_user.id, correction_id, decision, int(time.time()))
    outcome, record = await reviews.decide(context.services.database, ruling)
    await acknowledge(query, replies.outcome(decision, outcome))
    if record and query.message:
        text = replies.was_set_aside(record)
        chat_id = query.message.chat.id
        await context.bot.send_message(chat_id, text, reply_markup=_restoring([record]))
    await _show_next(query, context)


async def _restore(query: CallbackQuery, user_id: int, context: Context) -> None:
    now = int(time.time())
    database = context.services.database
    done = await reviews.restore(database, query.id, query.from_user.id, user_id, now)
    await acknowledge(query, replies.restored(user_id, done))
    records = await _set_aside(context)
    text = replies.set_aside(records) if records else replies.nobody_set_aside()
    assert query.message is not None  # noqa: S101 - as `review_tap` found out
    try:
        await context.bot.edit_message_text(
            text,
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            reply_markup=_restoring(records),
        )
    except BadRequest as error:
        logger.info("The list of those set aside stays as it is: %s", error)


async def _show_next(query: CallbackQuery, context: Context) -> None:
    correction = await _next(context)
    assert query.message is not None  # noqa: S101 - as `review_tap` found out
    chat_id, message_id = query.message.chat.id, query.message.message_id
    if correction is None:
        # The face that was shown last goes, too.
        media = InputMediaPhoto(_blank(), caption=replies.nothing_left())
    else:
        media = InputMediaPhoto(await _picture(correction), caption=replies.pending(correction))
    buttons = _choice(correction) if correction else None
    try:
        await context.bot.edit_message_media(media, chat_id, message_id, reply_markup=buttons)
    except BadRequest as error:
        if "not modified" in str(error).lower():
            return  # the only one left was skipped
        logger.info("The next correction gets a message of its own: %s", error)
        await context.bot.send_photo(
            chat_id, media.media, caption=media.caption, reply_markup=buttons
        )


async def _send(chat_id: int, correction: PendingCorrection, context: Context) -> None:
    await context.bot.send_photo(
        chat_id,
        await _picture(correction),
        caption=replies.pending(correction),
        reply_markup=_choice(correction),
    )


async def _next(context: Context) -> PendingCorrection | None:
    services = context.services
    return await reviews.next_pending(services.database, services.settings.trusted_ids)


async def _set_aside(context: Context) -> list[ReviewRecord]:
    return (await reviews.load_set_aside(context.services.database))[:MAX_RECORDS]


async def _picture(correction: PendingCorrection) -> bytes:
    return await asyncio.to_thread(enlarge_png, correction.crop, SIDE)


def _blank() -> bytes:
    return encode_png(np.full((SIDE // 2, SIDE, 3), 220, np.uint8))


def _choice(correction: PendingCorrection) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_row(
        [
            InlineKeyboardButton(
                replies.decision_button(decision),
                callback_data=f"{PREFIX}{code}:{correction.correction_id}",
            )
            for code, decision in _DECISIONS.items()
        ]
    )


def _restoring(records: list[ReviewRecord]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_column(
        [
            InlineKeyboardButton(
                replies.restore_button(record.user_id),
                callback_data=f"{PREFIX}{_RESTORE}:{record.user_id}",
            )
            for record in records
        ]
    )
