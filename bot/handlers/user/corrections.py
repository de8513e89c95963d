"""Taps on the buttons under an answer."""

import time

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import acknowledge, refuse, show_keyboard
from bot.keyboards.corrections import CORRECTING, Action, keyboard_after, label_meant, read
from bot.replies import photos as replies
from bot.storage import corrections
from bot.storage.corrections import Tap


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
    await show_keyboard(query, buttons, context)


async def _follow(
    query: CallbackQuery, context: Context
) -> tuple[str | None, InlineKeyboardMarkup]:
    """Do what a tap asks for; returns what to say to it, and the buttons to show."""
    press = read(query.data or "")
    services = context.services
    user = query.from_user
    done = Tap(query.id, user.id, context.is_admin(user), press.answer_id, now=int(time.time()))
    answer = await corrections.look_up(services.database, done)
    buttons = keyboard_after(answer, press)  # also finds out whether there is such a button
    if press.action in CORRECTING:
        label = label_meant(press.action, answer, press.number)
        a_day = services.settings.bot_corrections_a_day
        answer = await corrections.correct(services.database, done, press.number, label, a_day)
        return replies.thanks(label), keyboard_after(answer, press)
    if press.action in (Action.FACE, Action.CHANGE):
        corrections.refuse_late(corrections.face_of(answer, press.number), done)
    return None, buttons
