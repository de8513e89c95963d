"""/models: which versions of the model there are, and which of them serves."""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.context import Context, Services
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import acknowledge, show
from bot.handlers.common.storage_errors import or_apologise
from bot.keyboards.models import (
    Action,
    Place,
    Press,
    card_buttons,
    key_of,
    list_buttons,
    question_buttons,
    read,
)
from bot.replies import models as replies
from bot.replies import photos as general_replies
from bot.serving.version_overview import Lineup, look_at
from bot.storage.processed_callbacks import is_first
from bot.storage.retry import patiently
from bot.storage.runs import State, note
from model.errors import ModelError, OtherVersionServesError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """What an admin did, for the audit."""

    state: State
    version: str  # that serves now
    before: str  # that served until then


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a tap."""

    name: str = ""  # of the version that the buttons are about; empty: it is gone
    said: str | None = None
    asks: bool = False
    change: _Change | None = None


@or_apologise
async def models(update: Update, context: Context) -> None:
    """/models: list them."""
    if update.message is None:
        return
    lineup = await look_at(context.services.registry)
    await update.message.reply_text(
        replies.models(lineup), parse_mode=ParseMode.HTML, reply_markup=list_buttons(lineup)
    )


@or_apologise
async def tap(update: Update, context: Context) -> None:
    """A tap of an admin on one of the buttons that choose a version."""
    query = update.callback_query
    if query is None:
        return
    try:
        press = read(query.data or "")
        done = await _follow(press, query, context.services)
    except TapRefusedError as error:
        logger.warning("Tap refused: %s %s", type(error).__name__, error)
        await acknowledge(query, general_replies.refusal(error), alert=True)
        return
    except (ModelError, OSError) as error:
        logger.error("The version could not be chosen: %s", error)
        await acknowledge(query, replies.not_chosen(), alert=True)
        return
    try:
        await _tell(press, done, query, context)
    finally:
        if done.change:
            await _note(done.change, query, context)


async def _follow(press: Press, query: CallbackQuery, services: Services) -> _Done:
    """Do what a tap asks for."""
    lineup = await look_at(services.registry)
    named = {key_of(version.name): version.name for version in lineup.versions}
    name = named.get(press.key)
    if name is None:
        return _Done(said=replies.version_gone())
    try:
        if press.action is Action.YES:
            return await _promote(name, lineup, query, services)
        if press.action is Action.BACK:
            return await _roll_back(name, lineup, services)
    except OtherVersionServesError as error:
        logger.info("A second tap, or another admin, was faster: %s", error)
        return _Done(name, replies.serves(error.serving))
    return _Done(name, asks=press.action is Action.ASK and name != lineup.serving)


async def _promote(name: str, lineup: Lineup, query: CallbackQuery, services: Services) -> _Done:
    change = None
    user_id, now = query.from_user.id, int(time.time())
    # Telegram may deliver a tap again after somebody has rolled back what it had promoted.
    if name != lineup.serving and await is_first(services.database, query.id, user_id, now):
        await asyncio.to_thread(services.registry.promote, name, lineup.serving)
        logger.info("Version %s promoted by an admin, instead of %s", name, lineup.serving)
        change = _Change(State.PROMOTED, name, lineup.serving)
    return _Done(name, replies.serves(name), change=change)


async def _roll_back(name: str, lineup: Lineup, services: Services) -> _Done:
    if name != lineup.serving or lineup.before is None:
        return _Done(name, replies.serves(lineup.serving))
    serving = await asyncio.to_thread(services.registry.rollback, name)
    logger.info("Version %s rolled back by an admin, %s serves again", name, serving)
    change = _Change(State.ROLLED_BACK, serving, name)
    return _Done(name, replies.serves_again(serving), change=change)


async def _note(change: _Change, query: CallbackQuery, context: Context) -> None:
    """Note in the audit what was done, which the admin sees by now; tell if that fails."""
    write = partial(
        note,
        context.services.database,
        change.state,
        change.version,
        before=change.before,
        by=query.from_user.id,
        now=int(time.time()),
    )
    try:
        await patiently(write)
    except StorageError as error:
        logger.error("%s is done, but could not be noted: %s", change, error)
        if query.message:
            text = replies.not_noted(change.version)
            await context.bot.send_message(query.message.chat.id, text)


async def _tell(press: Press, done: _Done, query: CallbackQuery, context: Context) -> None:
    """Say what came of a tap, and show what there is now."""
    lineup = await look_at(context.services.registry)
    if done.asks:
        buttons: InlineKeyboardMarkup | None = question_buttons(press.place, done.name)
    else:
        buttons = _buttons(press.place, done.name, lineup)
    await acknowledge(query, done.said)
    if press.place is Place.LIST:
        await _list_anew(query, lineup, buttons, context)
    else:
        await show(query, buttons, context)


def _buttons(place: Place, name: str, lineup: Lineup) -> InlineKeyboardMarkup | None:
    return list_buttons(lineup) if place is Place.LIST else card_buttons(name, lineup)


async def _list_anew(
    query: CallbackQuery, lineup: Lineup, buttons: InlineKeyboardMarkup | None, context: Context
) -> None:
    if query.message is None:
        return
    try:
        await context.bot.edit_message_text(
            replies.models(lineup),
            query.message.chat.id,
            query.message.message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=buttons,
        )
    except BadRequest as error:
        logger.info("The list of models stays as it is: %s", error)
