"""/models: which versions of the model there are, and which of them serves."""

import asyncio
import logging
import time

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import model_replies as replies
from bot import replies as general_replies
from bot.context import Context, Services
from bot.errors import TapRefusedError
from bot.handlers.apologies import or_apologise
from bot.handlers.corrections import acknowledge, show
from bot.lineup import Lineup, look_at
from bot.model_buttons import (
    Action,
    Place,
    Press,
    card_buttons,
    key_of,
    list_buttons,
    question_buttons,
    read,
)
from bot.storage.runs import State, note
from bot.storage.taps import is_first
from model.errors import ModelError, OtherVersionServesError

logger = logging.getLogger(__name__)


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
        said, buttons, lineup = await _follow(press, query, context.services)
    except TapRefusedError as error:
        logger.warning("Tap refused: %s %s", type(error).__name__, error)
        await acknowledge(query, general_replies.refusal(error), alert=True)
        return
    except (ModelError, OSError) as error:
        logger.error("The version could not be chosen: %s", error)
        await acknowledge(query, replies.not_chosen(), alert=True)
        return
    await acknowledge(query, said)
    if press.place is Place.LIST:
        await _list_anew(query, lineup, buttons, context)
    else:
        await show(query, buttons, context)


async def _follow(
    press: Press, query: CallbackQuery, services: Services
) -> tuple[str | None, InlineKeyboardMarkup | None, Lineup]:
    """Do what a tap asks for; returns what to say to it, the buttons to show, and what there is."""
    lineup = await look_at(services.registry)
    named = {key_of(version.name): version.name for version in lineup.versions}
    name = named.get(press.key)
    if name is None:
        return replies.version_gone(), _buttons(press.place, "", lineup), lineup
    if press.action is Action.ASK and name != lineup.serving:
        return None, question_buttons(press.place, name), lineup
    said = None
    try:
        if press.action is Action.YES:
            said = await _promote(name, lineup, query, services)
        elif press.action is Action.BACK:
            said = await _roll_back(name, lineup, query, services)
    except OtherVersionServesError as error:
        logger.info("A second tap, or another admin, was faster: %s", error)
        said = replies.serves(error.serving)
    lineup = await look_at(services.registry)
    return said, _buttons(press.place, name, lineup), lineup


async def _promote(name: str, lineup: Lineup, query: CallbackQuery, services: Services) -> str:
    user_id, now = query.from_user.id, int(time.time())
    # Telegram may deliver a tap again after somebody has rolled back what it had promoted.
    if name != lineup.serving and await is_first(services.database, query.id, user_id, now):
        await asyncio.to_thread(services.registry.promote, name, lineup.serving)
        logger.info("Version %s promoted by an admin, instead of %s", name, lineup.serving)
        await note(
            services.database, State.PROMOTED, name, before=lineup.serving, by=user_id, now=now
        )
    return replies.serves(name)


async def _roll_back(name: str, lineup: Lineup, query: CallbackQuery, services: Services) -> str:
    if name != lineup.serving or lineup.before is None:
        return replies.serves(lineup.serving)
    serving = await asyncio.to_thread(services.registry.rollback, name)
    logger.info("Version %s rolled back by an admin, %s serves again", name, serving)
    await note(
        services.database,
        State.ROLLED_BACK,
        serving,
        before=name,
        by=query.from_user.id,
        now=int(time.time()),
    )
    return replies.serves_again(serving)


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
