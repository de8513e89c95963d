"""Taps on the buttons under an answer."""

import time
from collections.abc import Mapping
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import acknowledge, refuse, show_keyboard
from bot.keyboards.corrections import (
    CORRECTING,
    Action,
    CorrectionButton,
    chosen_labels,
    keyboard_after,
    parse,
)
from bot.replies import explanation as why_replies
from bot.replies import photos as replies
from bot.services.photo_metrics import count_corrections
from bot.storage import corrections
from bot.storage.corrections import Tap
from bot.storage.labels import Label


async def tap(update: Update, context: Context) -> None:
    """Process a tap: store it, then acknowledge it, then show what was noted."""
    query = update.callback_query
    if query is None:
        return
    try:
        text, keyboard = await _process(query, context)
    except (TapRefusedError, StorageError) as error:
        await refuse(query, error, _refusal(error, query))
        return
    await acknowledge(query, text)
    await show_keyboard(query, keyboard, context)


async def _process(
    query: CallbackQuery, context: Context
) -> tuple[str | None, InlineKeyboardMarkup]:
    """Store a correction, or find what to show; returns the reply and the new keyboard."""
    button = parse(query.data or "")
    services, user = context.services, query.from_user
    tap = Tap(query.id, user.id, context.is_admin(user), button.answer, int(time.time()))
    if button.action in CORRECTING:
        answer, labels = await corrections.correct(
            services.database,
            tap,
            partial(chosen_labels, button),
            services.settings.bot_corrections_a_day,
            context.claim,
        )
        said = ((answer.face(index), label) for index, label in labels.items())
        count_corrections(services.metrics, said)
        return _thanks(button, labels), keyboard_after(answer, button)
    answer = await corrections.load_tapped(services.database, tap)
    keyboard = keyboard_after(answer, button)
    if button.action in (Action.FACE, Action.CHANGE):
        corrections.refuse_if_expired(answer.face(button.index), tap.now)
    return None, keyboard


def _refusal(error: TapRefusedError | StorageError, query: CallbackQuery) -> str:
    if (query.data or "").endswith(f":{Action.ASK_WHY}"):
        return why_replies.refusal(error)
    return replies.refusal(error)


def _thanks(button: CorrectionButton, labels: Mapping[int, Label | None]) -> str:
    if button.action is Action.ALL_RIGHT:
        return replies.thanks_for_all(len(labels))
    return replies.thanks(labels[button.index])
