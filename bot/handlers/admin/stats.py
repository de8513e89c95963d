"""/stats: how the bot is doing, for admins."""

import asyncio
import time

from telegram import Update

from bot.context import Context
from bot.handlers.common.storage_errors import reply_on_storage_error
from bot.i18n import in_language
from bot.replies import stats as replies
from bot.storage import statistics
from bot.storage.statistics import DAY_S, Overview

DAYS = 30  # of which the photos are shown


@reply_on_storage_error
async def stats(update: Update, context: Context) -> None:
    """/stats: a few numbers, and a picture of how they came about."""
    if update.message is None:
        return
    today = int(time.time()) // DAY_S
    found = await statistics.load_overview(context.services.database, today - DAYS + 1)
    if not found.photos:
        await update.message.reply_text(replies.nothing_yet())
        return
    await context.services.chat_action.uploading(update.message.chat_id)
    words = replies.plot_texts()
    with in_language(None):
        english = replies.plot_texts()
    picture = await asyncio.to_thread(_draw, found, today, words, english)
    caption = replies.statistics(found, today, DAYS)
    await update.message.reply_photo(picture, caption=caption)


def _draw(found: Overview, today: int, *choice: replies.PlotTexts) -> bytes:
    # Only now and here: to import matplotlib takes longer than the bot's start may.
    from bot.replies.stats_plot import draw

    return draw(found, range(today - DAYS + 1, today + 1), *choice)
