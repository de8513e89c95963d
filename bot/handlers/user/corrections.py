"""Taps on the buttons under an answer."""

import logging
import time

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.keyboards.corrections import CORRECTING, Action, buttons_after, label_meant, read
from bot.replies import photos as replies
from bot.storage.corrections import Tap, correct, face_of, look_up, refuse_late

logger = logging.getLogger(__name__)


async def tap(update: Update, context: Context) -> None:
    """Follow a tap: store it, then acknowledge it, then show what was noted."""
    query = update.callback_query
    if query is None:
        return
    try:
        said, buttons = await _follow(query, context)
    except (TapRefusedError, StorageError) as error:
        await refuse(query, error, replies.refusal(error))
        return
    await acknowledge(query, said)
    await show(query, buttons, context)


async def refuse(query: CallbackQuery, error: TapRefusedError | StorageError, text: str) -> None:
    """Log why a tap is not followed, and tell who tapped, in these words and in private."""
    logger.warning("Tap refused: %s %s", type(error).__name__, error)
    await acknowledge(query, text, alert=True)


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


async def show(
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


async def _follow(
    query: CallbackQuery, context: Context
) -> tuple[str | None, InlineKeyboardMarkup]:
    """Do what a tap asks for; returns what to say to it, and the buttons to show."""
    press = read(query.data or "")
    services = context.services
    user_id = query.from_user.id
    done = Tap(query.id, user_id, user_id in services.admins, press.answer_id, now=int(time.time()))
    answer = await look_up(services.database, done)
    buttons = buttons_after(answer, press)  # also finds out whether there is such a button
    if press.action in CORRECTING:
        label = label_meant(press.action, answer, press.number)
        a_day = services.corrections_a_day
        answer = await correct(services.database, done, press.number, label, a_day)
        return replies.thanks(label), buttons_after(answer, press)
    if press.action in (Action.FACE, Action.CHANGE):
        refuse_late(face_of(answer, press.number), done)
    return None, buttons
