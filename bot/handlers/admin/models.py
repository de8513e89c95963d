"""/models: which versions of the model there are, and which of them serves."""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import acknowledge, show_keyboard
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.keyboards.models import (
    Action,
    MessageKind,
    ModelButton,
    card_buttons,
    list_buttons,
    question_buttons,
    read,
    version_key,
)
from bot.replies import models as replies
from bot.replies import photos as general_replies
from bot.storage import users
from bot.storage.database import Database
from bot.storage.retry import retry_while_locked
from bot.storage.runs import State, note
from model.errors import ActiveVersionChangedError, ModelError
from model.registry.overview import VersionOverview
from model.registry.registry import Registry

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


@reply_on_storage_error
async def models(update: Update, context: Context) -> None:
    """/models: list them."""
    if update.message is None:
        return
    overview = await asyncio.to_thread(context.services.registry.overview)
    await update.message.reply_text(
        replies.models(overview), parse_mode=ParseMode.HTML, reply_markup=list_buttons(overview)
    )


@reply_on_storage_error
async def tap(update: Update, context: Context) -> None:
    """A tap of an admin on one of the buttons that choose a version."""
    query = update.callback_query
    if query is None:
        return
    # Checking a version reads all of its files: once a tap is enough.
    registry = context.services.registry.with_cached_checks()
    try:
        press = read(query.data or "")
        done = await _follow(press, query, registry, context.services.database)
    except TapRefusedError as error:
        logger.warning("Tap refused: %s %s", type(error).__name__, error)
        await acknowledge(query, general_replies.refusal(error), alert=True)
        return
    except (ModelError, OSError) as error:
        logger.error("The version could not be chosen: %s", error)
        await acknowledge(query, replies.not_chosen(), alert=True)
        return
    try:
        await _tell(press, done, query, registry, context)
    finally:
        if done.change:
            await _note(done.change, query, context)


async def _follow(
    press: ModelButton, query: CallbackQuery, registry: Registry, database: Database
) -> _Done:
    """Do what a tap asks for."""
    overview = await asyncio.to_thread(registry.overview)
    named = {version_key(version.name): version.name for version in overview.versions}
    name = named.get(press.key)
    if name is None:
        return _Done(said=replies.version_gone())
    try:
        if press.action is Action.YES:
            return await _promote(name, overview, query, registry, database)
        if press.action is Action.BACK:
            return await _roll_back(name, overview, registry)
    except ActiveVersionChangedError as error:
        logger.info("A second tap, or another admin, was faster: %s", error)
        return _Done(name, replies.serves(error.active))
    return _Done(name, asks=press.action is Action.ASK and name != overview.active.name)


async def _promote(
    name: str,
    overview: VersionOverview,
    query: CallbackQuery,
    registry: Registry,
    database: Database,
) -> _Done:
    change = None
    user_id, now = query.from_user.id, int(time.time())
    # Telegram may deliver a tap again after somebody has rolled back what it had promoted.
    if name != overview.active.name and await users.claim_callback(
        database, query.id, user_id, now
    ):
        await asyncio.to_thread(registry.promote, name, overview.active.name)
        logger.info("Version %s promoted by an admin, instead of %s", name, overview.active.name)
        change = _Change(State.PROMOTED, name, overview.active.name)
    return _Done(name, replies.serves(name), change=change)


async def _roll_back(name: str, overview: VersionOverview, registry: Registry) -> _Done:
    if name != overview.active.name or overview.previous is None:
        return _Done(name, replies.serves(overview.active.name))
    serving = await asyncio.to_thread(registry.rollback, name)
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
        await retry_while_locked(write)
    except StorageError as error:
        logger.error("%s is done, but could not be noted: %s", change, error)
        if query.message:
            text = replies.not_noted(change.version)
            await context.bot.send_message(query.message.chat.id, text)


async def _tell(
    press: ModelButton, done: _Done, query: CallbackQuery, registry: Registry, context: Context
) -> None:
    """Say what came of a tap, and show what there is now."""
    overview = await asyncio.to_thread(registry.overview)
    if done.asks:
        buttons: InlineKeyboardMarkup | None = question_buttons(press.kind, done.name)
    else:
        buttons = _buttons(press.kind, done.name, overview)
    await acknowledge(query, done.said)
    if press.kind is MessageKind.LIST:
        await _list_anew(query, overview, buttons, context)
    else:
        await show_keyboard(query, buttons, context)


def _buttons(
    kind: MessageKind, name: str, overview: VersionOverview
) -> InlineKeyboardMarkup | None:
    return list_buttons(overview) if kind is MessageKind.LIST else card_buttons(name, overview)


async def _list_anew(
    query: CallbackQuery,
    overview: VersionOverview,
    buttons: InlineKeyboardMarkup | None,
    context: Context,
) -> None:
    if query.message is None:
        return
    try:
        await context.bot.edit_message_text(
            replies.models(overview),
            query.message.chat.id,
            query.message.message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=buttons,
        )
    except BadRequest as error:
        logger.info("The list of models stays as it is: %s", error)
