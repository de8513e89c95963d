"""Helpers for callback queries: acknowledging and refusing taps, and changing the message."""

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from telegram import CallbackQuery, InlineKeyboardMarkup, ReplyParameters, Update
from telegram.error import TelegramError

from bot.context import Context
from bot.errors import StorageError, TapRefusedError, UnknownButtonError
from bot.log_limit import LogLimit
from bot.replies import photos as replies
from bot.transport.topics import topic_id

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]

logger = logging.getLogger(__name__)
_log_limit = LogLimit()


def admins_only(handler: Handler) -> Handler:
    """Treat taps of users who are no admins like taps on an unknown button."""

    @wraps(handler)
    async def guarded(update: Update, context: Context) -> None:
        if context.is_admin(update.effective_user):
            await handler(update, context)
        else:
            await unknown_button(update, context)

    return guarded


async def unknown_button(update: Update, _: Context) -> None:
    """Handle a tap that belongs to no handler by refusing it."""
    if update.callback_query:
        await refuse_unknown_button(update.callback_query)


async def refuse(query: CallbackQuery, error: TapRefusedError | StorageError, text: str) -> None:
    """Log why a tap is refused, once a minute and kind, and show the user this text in an alert."""
    why = f"the database cannot be used: {error}" if isinstance(error, StorageError) else error
    _log_limit.log(logger, logging.WARNING, type(error).__name__, "Tap refused: %s", why)
    await acknowledge(query, text, alert=True)


async def refuse_unknown_button(query: CallbackQuery) -> None:
    """Refuse a tap with data that no button of the bot has."""
    error = UnknownButtonError(f"data of {len(query.data or '')} characters")
    await refuse(query, error, replies.refusal(error))


async def refuse_outdated_button(query: CallbackQuery) -> None:
    """Refuse an admin's tap on a button whose message is about something that is gone."""
    error = UnknownButtonError(f"data of {len(query.data or '')} characters")
    await refuse(query, error, replies.outdated_button())


async def acknowledge(query: CallbackQuery, text: str | None = None, alert: bool = False) -> bool:
    """Answer a callback query; only the user who tapped sees the text.

    Args:
        query: the callback query.
        text: text to show briefly; None for nothing.
        alert: show the text until the user closes it.

    Returns:
        False if Telegram says that the query is too old.
    """
    try:
        await query.answer(text, show_alert=alert)
    except TelegramError as error:
        # The query may be too old, from before a restart or an outage. Most taps are followed
        # nevertheless, and the keyboard shows what they changed.
        _log_once_a_minute("A tap could not be acknowledged", error)
        return "query is too old" not in error.message.lower()
    return True


async def acknowledge_or_reply(
    query: CallbackQuery, text: str, context: Context, alert: bool = False
) -> None:
    """Show a text briefly or in an alert; if the tap is too old for that, send it as a reply."""
    if not await acknowledge(query, text, alert):
        await send_reply(query, text, context)


async def send_reply(query: CallbackQuery, text: str, context: Context) -> None:
    """Send a text as a reply to the message that was tapped, however old it is."""
    message = query.message
    if message is None:
        return
    to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    await context.bot.send_message(
        message.chat.id, text, reply_parameters=to, message_thread_id=topic_id(message)
    )


async def show_keyboard(
    query: CallbackQuery, keyboard: InlineKeyboardMarkup | None, context: Context
) -> None:
    """Replace the keyboard of the message that was tapped, however old it is."""
    message = query.message
    if message is None:
        return
    try:
        await context.bot.edit_message_reply_markup(
            message.chat.id, message.message_id, reply_markup=keyboard
        )
    except TelegramError as error:
        # Usually "message is not modified", after a second tap.
        _log_once_a_minute("Keyboard unchanged", error)


async def show_text(
    query: CallbackQuery,
    text: str,
    context: Context,
    keyboard: InlineKeyboardMarkup | None = None,
    parse_mode: str | None = None,
) -> bool:
    """Replace the text and the keyboard of the message that was tapped, however old it is.

    Returns:
        False if the message cannot be changed, for example because it was deleted.
    """
    message = query.message
    if message is None:
        return False
    return await _edit(
        context.bot.edit_message_text(
            text,
            message.chat.id,
            message.message_id,
            parse_mode=parse_mode,
            reply_markup=keyboard,
        )
    )


async def show_caption(
    query: CallbackQuery,
    caption: str,
    context: Context,
    keyboard: InlineKeyboardMarkup | None = None,
    parse_mode: str | None = None,
) -> None:
    """Like `show_text`, for a message that is a picture with a caption."""
    message = query.message
    if message is None:
        return
    await _edit(
        context.bot.edit_message_caption(
            message.chat.id,
            message.message_id,
            caption=caption,
            parse_mode=parse_mode,
            reply_markup=keyboard,
        )
    )


async def _edit(editing: Coroutine[Any, Any, Any]) -> bool:
    try:
        await editing
    except TelegramError as error:
        # Usually "message is not modified", after a second tap.
        _log_once_a_minute("Message unchanged", error)
        return "not modified" in error.message.lower()
    return True


def _log_once_a_minute(what: str, error: TelegramError) -> None:
    _log_limit.log(logger, logging.INFO, (what, error.message), "%s: %s", what, error)
