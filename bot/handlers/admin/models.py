"""/models: list the versions of the model, and choose the active one."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode

from bot.context import Context
from bot.errors import StorageError, TapRefusedError
from bot.handlers.common.callback_queries import (
    acknowledge,
    acknowledge_or_reply,
    refuse,
    send_reply,
    show_caption,
    show_keyboard,
    show_text,
)
from bot.handlers.common.staleness import acknowledge_unless_late
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
from bot.replies.retraining_result import card
from bot.storage import runs, users
from bot.storage.retry import retry_while_locked
from bot.storage.runs import Run, State
from bot.storage.shared_registry import SharedRegistry
from bot.transport.topics import topic_id
from model.errors import ActiveVersionChangedError, ModelDamagedError, ModelError
from model.registry.overview import VersionOverview
from model.registry.registry import Registry
from model.registry.version import Version

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
        text: what to say for a moment, or in a reply if the tap is acknowledged already.
        is_acknowledged: whether it is.
        confirm: whether to ask for a second tap.
        change: what changed, if anything did.
    """

    name: str = ""
    text: str | None = None
    is_acknowledged: bool = False
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
        result = await _follow(button, query, registry, context)
    except TapRefusedError as error:
        await refuse(query, error, general_replies.outdated_button())
        return
    except (ModelError, OSError) as error:
        logger.error("The version could not be activated: %s", error)
        await acknowledge(query, replies.not_chosen(), alert=True)
        return
    if result is None:
        return
    # Neither waits for the other: the database may be locked, and Telegram may be away.
    storing = asyncio.ensure_future(_store(result.change, query, context))
    try:
        await _show(button, result, query, registry, context)
    finally:
        await storing


async def _follow(
    button: ModelButton, query: CallbackQuery, registry: Registry, context: Context
) -> _Result | None:
    """Do what a button asks for; None if it came too late.

    Raises:
        ModelError, OSError: the versions cannot be read, or the version cannot be activated.
        StorageError: the database cannot be used.
    """
    overview = await asyncio.to_thread(registry.overview)
    versions = {version_key(version): version for version in overview.versions}
    version, active = versions.get(button.key), overview.active.name
    if version is None:
        return _Result(text=replies.version_gone())
    name = version.name
    if button.action is ModelAction.YES and name != active:
        return await _promote(version, active, query, registry, context)
    if button.action is ModelAction.ROLLBACK and name == active and overview.previous:
        return await _roll_back(name, overview.previous.name, query, registry, context)
    if button.action in (ModelAction.YES, ModelAction.ROLLBACK):
        return _Result(name, replies.serves(active))
    return _Result(name, confirm=button.action is ModelAction.ASK and name != active)


async def _promote(
    version: Version, active: str, query: CallbackQuery, registry: Registry, context: Context
) -> _Result | None:
    name, database, user_id = version.name, context.services.database, query.from_user.id
    if version.damaged:
        raise ModelDamagedError(version.damaged)
    # Telegram may deliver a tap again after somebody has rolled back what it had promoted.
    if not await users.claim_callback(database, query.id, user_id, int(time.time())):
        return _Result(name, replies.serves(active))
    if not await acknowledge_unless_late(query, context, replies.serves(name)):
        return None
    promote = partial(SharedRegistry(database, registry).promote, name, active)
    return await _activate(promote, name, _Change(State.PROMOTED, name, active))


async def _roll_back(
    name: str, previous: str, query: CallbackQuery, registry: Registry, context: Context
) -> _Result | None:
    if not await acknowledge_unless_late(query, context, replies.serves_again(previous)):
        return None
    roll_back = partial(SharedRegistry(context.services.database, registry).rollback, name)
    return await _activate(roll_back, name, _Change(State.ROLLED_BACK, previous, name))


async def _activate(
    activate: Callable[[], Awaitable[object]], name: str, change: _Change
) -> _Result:
    """Make a change for a tap that is acknowledged as if it were made."""
    try:
        await activate()
    except ActiveVersionChangedError as error:
        logger.info("A second tap, or another admin, was faster: %s", error)
        text = None if error.active == change.active else replies.serves(error.active)
        return _Result(name, text, is_acknowledged=True)
    except (ModelError, StorageError, OSError) as error:
        logger.error("The version could not be activated: %s", error)
        return _Result(name, replies.not_chosen(), is_acknowledged=True)
    logger.info(
        "An admin chose version %s instead of %s (%s)", change.active, change.before, change.state
    )
    return _Result(name, is_acknowledged=True, change=change)


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
            await context.bot.send_message(
                query.message.chat.id, text, message_thread_id=topic_id(query.message)
            )


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
    await _say(result, query, context)
    version = overview.find(result.name)
    question = replies.question(version, overview) if version and result.confirm else ""
    if button.kind is MessageKind.LIST:
        text = question or replies.models(overview)
        await show_text(query, text, context, keyboard, ParseMode.HTML)
    elif version is None or button.action is ModelAction.ROLLBACK:
        await show_keyboard(query, keyboard, context)
    else:
        run = await _run_of(version, context)
        text = card(run, question) if run else question or replies.entry(version, overview)
        # Telegram does not always tell what the message is; nearly all cards are pictures.
        show = show_caption if getattr(query.message, "photo", True) else show_text
        await show(query, text, context, keyboard, ParseMode.HTML)


async def _run_of(version: Version, context: Context) -> Run | None:
    """Return the retraining that made a version; None if it is not known."""
    try:
        return await runs.of_version(context.services.database, version.name)
    except StorageError as error:
        logger.error("The card of %s cannot be shown: %s", version.name, error)
        return None


async def _say(result: _Result, query: CallbackQuery, context: Context) -> None:
    if result.is_acknowledged:
        if result.text:
            await send_reply(query, result.text, context)
    elif result.text:
        await acknowledge_or_reply(query, result.text, context)
    else:
        await acknowledge(query)


def _keyboard(
    button: ModelButton, result: _Result, overview: VersionOverview
) -> InlineKeyboardMarkup | None:
    if result.confirm and (version := overview.find(result.name)):
        return question_buttons(button.kind, version)
    if button.kind is MessageKind.LIST:
        return list_buttons(overview)
    return card_buttons(result.name, overview)
