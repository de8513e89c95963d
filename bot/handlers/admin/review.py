"""/review: shows admins the corrections that do not count yet, one after another, for a decision.

The callback data of a button is `rv:<a, r or s>:<correction>-<digest>` (accept, reject, skip; see
`bot.storage.correction_keys`) or `rv:u:<user>` (restore). The next correction is always the first
one without a decision in the database; nothing else remembers how far an admin is.
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
    MaybeInaccessibleMessage,
    Update,
)
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge, refuse_outdated_button, show_text
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import review as replies
from bot.storage import reviews
from bot.storage.accepted_labels import Decision
from bot.storage.correction_keys import DIGITS, CorrectionKey
from bot.storage.reviews import PendingCorrection, Review, ReviewRecord
from bot.transport.topics import topic_id
from model.faces.crops import encode_png, enlarge_png

PREFIX = "rv:"
SIDE = 480  # of the displayed face, in pixels
MAX_RECORDS = 30  # of users set aside, in one message

_DECISION_DATA = re.compile(rf"rv:([ars]):(\d{{1,18}})-([0-9a-f]{{{DIGITS}}})", re.ASCII)
_RESTORE_DATA = re.compile(r"rv:u:(\d{1,18})", re.ASCII)
_DECISIONS = {"a": Decision.ACCEPTED, "r": Decision.REJECTED, "s": Decision.SKIPPED}

logger = logging.getLogger(__name__)


@reply_on_storage_error
async def review(update: Update, context: Context) -> None:
    """Show the users who are set aside, and the next correction."""
    message = update.message
    if message is None:
        return
    if records := await _load_set_aside(context):
        text, buttons = replies.set_aside(records), _restore_buttons(records)
        await message.reply_text(text, reply_markup=buttons)
    correction = await _load_next(context)
    if correction is None:
        await message.reply_text(replies.nothing_left())
    else:
        await context.bot.send_photo(
            message.chat_id,
            await _picture(correction),
            caption=replies.pending(correction),
            reply_markup=_decision_buttons(correction),
            message_thread_id=topic_id(message),
            protect_content=True,  # this or the next faces may come from protected content
        )


@reply_on_storage_error
async def review_tap(update: Update, context: Context) -> None:
    """Process an admin's tap on a button of /review."""
    query = update.callback_query
    if query is None or query.message is None:
        return
    data, is_private = query.data or "", query.message.chat.type == ChatType.PRIVATE
    if is_private and (parts := _RESTORE_DATA.fullmatch(data)):
        await _restore(query, int(parts[1]), context)
    elif is_private and (parts := _DECISION_DATA.fullmatch(data)):
        correction = CorrectionKey(int(parts[2]), parts[3])
        await _decide(query, query.message, _DECISIONS[parts[1]], correction, context)
    else:
        await refuse_outdated_button(query)


async def _decide(
    query: CallbackQuery,
    message: MaybeInaccessibleMessage,
    decision: Decision,
    correction: CorrectionKey,
    context: Context,
) -> None:
    """Store a decision, acknowledge it, and replace the correction with the next one."""
    review = Review(query.id, query.from_user.id, correction, decision, int(time.time()))
    outcome, record = await reviews.decide(context.services.database, review)
    await acknowledge(query, replies.outcome(decision, outcome))
    if record:
        await context.bot.send_message(
            message.chat.id,
            replies.was_set_aside(record),
            reply_markup=_restore_buttons([record]),
            message_thread_id=topic_id(message),
        )
    await _show_next(message, context)


async def _restore(query: CallbackQuery, user_id: int, context: Context) -> None:
    """Restore a user, and update the list of those who are set aside."""
    now = int(time.time())
    database = context.services.database
    restored = await reviews.restore(database, query.id, query.from_user.id, user_id, now)
    await acknowledge(query, replies.restored(user_id, restored))
    records = await _load_set_aside(context)
    text = replies.set_aside(records) if records else replies.nobody_set_aside()
    await show_text(query, text, context, _restore_buttons(records))


async def _show_next(message: MaybeInaccessibleMessage, context: Context) -> None:
    chat_id, correction = message.chat.id, await _load_next(context)
    if correction is None:
        # Replaces the face that was displayed last, too.
        media = InputMediaPhoto(_grey_picture(), caption=replies.nothing_left())
    else:
        media = InputMediaPhoto(await _picture(correction), caption=replies.pending(correction))
    buttons = _decision_buttons(correction) if correction else None
    try:
        await context.bot.edit_message_media(
            media, chat_id, message.message_id, reply_markup=buttons
        )
    except BadRequest as error:
        if "not modified" in str(error).lower():
            return  # the only correction left was skipped
        logger.info("The next correction gets a message of its own: %s", error)
        await context.bot.send_photo(
            chat_id,
            media.media,
            caption=media.caption,
            reply_markup=buttons,
            message_thread_id=topic_id(message),
            protect_content=True,
        )


async def _load_next(context: Context) -> PendingCorrection | None:
    services = context.services
    return await reviews.next_pending(services.database, services.settings.trusted_ids)


async def _load_set_aside(context: Context) -> list[ReviewRecord]:
    return (await reviews.load_set_aside(context.services.database))[:MAX_RECORDS]


async def _picture(correction: PendingCorrection) -> bytes:
    return await asyncio.to_thread(enlarge_png, correction.crop, SIDE)


def _grey_picture() -> bytes:
    return encode_png(np.full((SIDE // 2, SIDE, 3), 220, np.uint8))


def _decision_buttons(correction: PendingCorrection) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_row(
        [
            InlineKeyboardButton(
                replies.decision_button(decision),
                callback_data=f"{PREFIX}{code}:{correction.key.id}-{correction.key.digest}",
            )
            for code, decision in _DECISIONS.items()
        ]
    )


def _restore_buttons(records: list[ReviewRecord]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup.from_column(
        [
            InlineKeyboardButton(
                replies.restore_button(record.user_id),
                callback_data=f"{PREFIX}u:{record.user_id}",
            )
            for record in records
        ]
    )
