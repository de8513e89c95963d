"""/models: list the versions of the model, and choose the active one."""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import (
    acknowledge,
    refuse,
    show_keyboard,
    show_text,
)
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.keyboards.models import (
    MessageKind,
    ModelAction,
    ModelButton,
    card_buttons,
    list_buttons,
    parse,
    question_buttons,
    version_key,
)
from bot.replies import models as replies
from bot.replies import photos as general_replies
from bot.storage import runs, users
from bot.storage.database import Database
from bot.storage.retry import retry_while_locked
from bot.storage.runs import State
from model.errors import ActiveVersionChangedError, ModelError
from model.registry.overview import VersionOverview
from model.registry.registry import Registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Change:
    """What an admin did, for the audit."""

    state: State
    active: str
    before: str  # active until then


@dataclass(frozen=True, slots=True)
class _Result:
    """What a tap led to.

    Attributes:
        name: the version that the buttons are about; empty if it is gone.
        text: what to say for a moment.
        confirm: whether to ask for a second tap.
        change: what changed, if anything did.
    """

    name: str = ""
    text: str | None = None
    confirm: bool = False
    change: _Change | None = None


@reply_on_storage_error
async def models(update: Update, context: Context) -> None:
    """Handle /models: list all versions."""
    if update.message is None:
        return
    overview = await asyncio.to_thread(context.services.registry.overview)
    await update.message.reply_text(
        replies.models(overview), parse_mode=ParseMode.HTML, reply_markup=list_buttons(overview)
    )


@reply_on_storage_error
async def tap(update: Update, context: Context) -> None:
    """Handle a tap on a button that chooses a version."""
    query = update.callback_query
    if query is None:
        return
    # Checking a version reads all of its files: once per tap is enough.
    registry = context.services.registry.with_cached_checks()
    try:
        button = parse(query.data or "")
        result = await _follow(button, query, registry, context.services.database)
    except TapRefusedError as error:
        await refuse(query, error, general_replies.refusal(error))
        return
    except (ModelError, OSError) as error:
        logger.error("The version could not be activated: %s", error)
        await acknowledge(query, replies.not_chosen(), alert=True)
        return
    # Neither waits for the other: the database may be locked, and Telegram may be away.
    storing = asyncio.ensure_future(_store(result.change, query, context))
    try:
        await _show(button, result, query, registry, context)
    finally:
        await storing


async def _follow(
    button: ModelButton, query: CallbackQuery, registry: Registry, database: Database
) -> _Result:
    """Do what a button asks for."""
    overview = await asyncio.to_thread(registry.overview)
    names = {version_key(version.name): version.name for version in overview.versions}
    name = names.get(button.key)
    if name is None:
        return _Result(text=replies.version_gone())
    try:
        if button.action is ModelAction.YES:
            return await _promote(name, overview, query, registry, database)
        if button.action is ModelAction.ROLLBACK:
            return await _roll_back(name, overview, registry)
    except ActiveVersionChangedError as error:
        logger.info("A second tap, or another admin, was faster: %s", error)
        return _Result(name, replies.serves(error.active))
    return _Result(name, confirm=button.action is ModelAction.ASK and name != overview.active.name)


async def _promote(
    name: str,
    overview: VersionOverview,
    query: CallbackQuery,
    registry: Registry,
    database: Database,
) -> _Result:
    change = None
    active, user_id, now = overview.active.name, query.from_user.id, int(time.time())
    # Telegram may deliver a tap again after somebody has rolled back what it had promoted.
    if name != active and await users.claim_callback(database, query.id, user_id, now):
        await asyncio.to_thread(registry.promote, name, active)
        logger.info("Version %s promoted by an admin, instead of %s", name, active)
        change = _Change(State.PROMOTED, name, active)
    return _Result(name, replies.serves(name), change=change)


async def _roll_back(name: str, overview: VersionOverview, registry: Registry) -> _Result:
    if name != overview.active.name or overview.previous is None:
        return _Result(name, replies.serves(overview.active.name))
    active = await asyncio.to_thread(registry.rollback, name)
    logger.info("Version %s rolled back by an admin, %s is active again", name, active)
    change = _Change(State.ROLLED_BACK, active, name)
    return _Result(name, replies.serves_again(active), change=change)


async def _store(change: _Change | None, query: CallbackQuery, context: Context) -> None:
    """Record a change, if there is one; tell the admin if that fails."""
    if change is None:
        return
    write = partial(
        runs.note,
        context.services.database,
        change.state,
        change.active,
        before=change.before,
        by=query.from_user.id,
        now=int(time.time()),
    )
    try:
        await retry_while_locked(write)
    except StorageError as error:
        logger.error("%s could not be stored in the audit: %s", change, error)
        if query.message:
            text = replies.not_noted(change.active)
            await context.bot.send_message(query.message.chat.id, text)


async def _show(
    button: ModelButton,
    result: _Result,
    query: CallbackQuery,
    registry: Registry,
    context: Context,
) -> None:
    """Say what a tap led to, and show the versions as they are now."""
    overview = await asyncio.to_thread(registry.overview)
    keyboard = _keyboard(button, result, overview)
    await acknowledge(query, result.text)
    if button.kind is MessageKind.LIST:
        await show_text(query, replies.models(overview), context, keyboard, ParseMode.HTML)
    else:
        await show_keyboard(query, keyboard, context)


def _keyboard(
    button: ModelButton, result: _Result, overview: VersionOverview
) -> InlineKeyboardMarkup | None:
    if result.confirm:
        return question_buttons(button.kind, result.name)
    if button.kind is MessageKind.LIST:
        return list_buttons(overview)
    return card_buttons(result.name, overview)
