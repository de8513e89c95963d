"""/stats: figures about the bot's use and accuracy, and how it is doing, for admins."""

import asyncio
import shutil
import time

from telegram import Update

from bot.context import Context
from bot.errors import StorageError
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.i18n import in_language
from bot.metrics import VERSION
from bot.replies import stats as replies
from bot.replies.bot_state import BotState, bot_state
from bot.storage import statistics
from bot.storage.statistics import Overview
from bot.storage.users import DAY_S
from bot.transport.pictures import send_picture_or_text
from bot.transport.topics import topic_id

DAYS = 30  # in the plot of photos per day


@reply_on_storage_error
async def stats(update: Update, context: Context) -> None:
    """Send a plot, with the most important figures and the state of the bot as its caption."""
    message = update.message
    if message is None:
        return
    today = int(time.time()) // DAY_S
    state = bot_state(_state(context))
    try:
        overview = await statistics.load_overview(context.services.database, today - DAYS + 1)
    except StorageError:
        await message.reply_text(state)
        raise
    if not overview.photos:
        await message.reply_text(f"{replies.nothing_yet()}\n\n{state}")
        return
    texts = replies.plot_texts()
    with in_language(None):
        english = replies.plot_texts()
    plot = await asyncio.to_thread(_draw, overview, today, texts, english)
    caption = f"{replies.statistics(overview, today, DAYS)}\n\n{state}"
    await context.services.chat_action.uploading(message.chat_id, topic_id(message))
    await send_picture_or_text(
        lambda: message.reply_photo(plot, caption=caption), lambda: message.reply_text(caption)
    )


def _state(context: Context) -> BotState:
    services, inbox = context.services, context.inbox
    return BotState(
        version=VERSION,
        model=services.inference.version,
        running_s=time.monotonic() - services.metrics.started_at,
        photos=services.inference.in_hand,
        updates=len(inbox.in_hand) - len(context.item.entries),
        oldest_s=inbox.oldest_age_s,
        answers_s=services.metrics.recent_answers_s,
        free_bytes=shutil.disk_usage(services.settings.bot_data_dir).free,
        errors=list(services.recent_errors.latest),
        error_count=services.recent_errors.count,
    )


def _draw(overview: Overview, today: int, *candidates: replies.PlotTexts) -> bytes:
    # Imported only here: importing matplotlib takes longer than the start of the bot may.
    from bot.replies.stats_plot import draw

    return draw(overview, range(today - DAYS + 1, today + 1), *candidates)
