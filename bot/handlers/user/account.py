"""The commands with which users see and erase the data about them."""

import logging

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge, send_reply, show_text
from bot.handlers.common.exports import send_export
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.replies import account as replies
from bot.services.user_data_export import export_user_data
from bot.services.zip_writer import ZipPart
from bot.storage import user_data

logger = logging.getLogger(__name__)

ERASE, KEEP = "forget:yes", "forget:no"


async def privacy(update: Update, context: Context) -> None:
    """Tell which data is stored, and for how long."""
    if update.message:
        days = context.services.settings.bot_crop_days
        await update.message.reply_text(context.with_operators_line(replies.privacy(days)))


@reply_on_storage_error
async def mystats(update: Update, context: Context) -> None:
    """Tell how many photos the user sent, and how often the bot was right."""
    if update.message and update.effective_user:
        counts = await user_data.count(context.services.database, update.effective_user.id)
        await update.message.reply_text(replies.statistics(counts))


@reply_on_storage_error
async def mydata(update: Update, context: Context) -> None:
    """Send all data about the user, as files."""
    if not (update.message and update.effective_user):
        return
    services, user_id = context.services, update.effective_user.id
    if not await user_data.is_known(services.database, user_id, update.update_id):
        await update.message.reply_text(replies.nothing_held())
        return
    files = export_user_data(services.database, user_id, services.settings.bot_data_dir)
    await send_export(update.message, context, ("mydata", user_id), files, _describe)


@reply_on_storage_error
async def forget(update: Update, context: Context) -> None:
    """Ask the user to confirm that all data is to be erased."""
    if not (update.message and update.effective_user):
        return
    user_id = update.effective_user.id
    if not await user_data.is_known(context.services.database, user_id, update.update_id):
        await update.message.reply_text(replies.nothing_held())
        return
    counts = await user_data.count(context.services.database, user_id)
    buttons = [
        InlineKeyboardButton(replies.erase_button(), callback_data=ERASE),
        InlineKeyboardButton(replies.keep_button(), callback_data=KEEP),
    ]
    await update.message.reply_text(
        replies.ask_to_forget(counts), reply_markup=InlineKeyboardMarkup([buttons])
    )


@reply_on_storage_error
async def forget_decided(update: Update, context: Context) -> None:
    """Erase the data about the user who taps, or keep it."""
    query = update.callback_query
    if query is None:
        return
    database, user_id = context.services.database, query.from_user.id
    if query.data == ERASE:
        erased = await user_data.erase(database, user_id, update.update_id, context.claim)
        await context.services.languages.forget(user_id)
        is_known = erased is not None
    else:
        erased = None
        is_known = await user_data.is_known(database, user_id, update.update_id)
    if not is_known:
        # Usually a second tap; the message already says what the first one did.
        await acknowledge(query, replies.nothing_held())
        return
    await acknowledge(query)  # before the scrub, which may take long
    text = replies.kept()
    if erased:
        text = replies.erased(erased, clean=await context.services.housekeeper.scrub())
    if not await show_text(query, text, context):
        await send_reply(query, text, context)  # the question may be deleted by now


def _describe(number: int, _: ZipPart) -> tuple[str, str]:
    part = f"-{number}" if number > 1 else ""
    return f"photo-mood-data{part}.zip", replies.your_data()
