"""Answering taps on inline buttons, and changing the buttons under a message."""

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import StorageError, TapRefusedError, UnknownButtonError
from bot.replies import photos as replies

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

logger = logging.getLogger(__name__)


def admins_only(handler: Handler) -> Handler:
    """Refuse everybody else's taps as taps on an unknown button."""

    @wraps(handler)
    async def guarded(update: Update, context: Context) -> None:
        if context.is_admin(update.effective_user):
            await handler(update, context)
        else:
            await unknown_button(update, context)

    return guarded


async def unknown_button(update: Update, _: Context) -> None:
    """Handle a tap whose data no button of the bot carries."""
    if update.callback_query:
        await refuse_unknown_button(update.callback_query)


async def refuse(query: CallbackQuery, error: TapRefusedError | StorageError, text: str) -> None:
    """Log why a tap is not followed, and tell who tapped, in these words and in private."""
    logger.warning("Tap refused: %s %s", type(error).__name__, error)
    await acknowledge(query, text, alert=True)


async def refuse_unknown_button(query: CallbackQuery) -> None:
    """Refuse a tap whose data no button of the bot carries."""
    error = UnknownButtonError(f"data {(query.data or '')[:80]!r}")
    await refuse(query, error, replies.refusal(error))


async def acknowledge(query: CallbackQuery, text: str | None = None, alert: bool = False) -> None:
    """Answer a tap, for the eyes of who tapped only.

    Args:
        query: the tap.
        text: what to show for a moment; nothing when None.
        alert: show it until it is closed.
    """
    try:
        await query.answer(text, show_alert=alert)
    except BadRequest as error:
        # Tapped while the bot was away, perhaps. The buttons still show what was done.
        logger.info("A tap could not be acknowledged: %s", error)


async def show_keyboard(
    query: CallbackQuery, buttons: InlineKeyboardMarkup | None, context: Context
) -> None:
    """Put other buttons under the message that was tapped, however old it is."""
    message = query.message
    if message is None:
        return
    try:
        await context.bot.edit_message_reply_markup(
            message.chat.id, message.message_id, reply_markup=buttons
        )
    except BadRequest as error:
        # Most often "message is not modified", after a second tap.
        logger.info("The buttons stay as they are: %s", error)
