"""/stats: figures about the bot's use and accuracy, for admins."""

import asyncio
import time

from telegram import Update

from bot.context import Context
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.i18n import in_language
from bot.replies import stats as replies
from bot.storage import statistics
from bot.storage.statistics import Overview
from bot.storage.users import DAY_S
from bot.transport.pictures import send_picture_or_text

DAYS = 30  # in the plot of photos per day


@reply_on_storage_error
async def stats(update: Update, context: Context) -> None:
    """Send a plot, with the most important figures as its caption."""
    if update.message is None:
        return
    today = int(time.time()) // DAY_S
    overview = await statistics.load_overview(context.services.database, today - DAYS + 1)
    if not overview.photos:
        await update.message.reply_text(replies.nothing_yet())
        return
    await context.services.chat_action.uploading(update.message.chat_id)
    texts = replies.plot_texts()
    with in_language(None):
        english = replies.plot_texts()
    plot = await asyncio.to_thread(_draw, overview, today, texts, english)
    caption = replies.statistics(overview, today, DAYS)
    message = update.message
    await send_picture_or_text(
        lambda: message.reply_photo(plot, caption=caption), lambda: message.reply_text(caption)
    )


def _draw(overview: Overview, today: int, *candidates: replies.PlotTexts) -> bytes:
    # Imported only here: importing matplotlib takes longer than the start of the bot may.
    from bot.replies.stats_plot import draw

    return draw(overview, range(today - DAYS + 1, today + 1), *candidates)
