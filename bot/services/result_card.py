"""The message that tells an admin what a retraining led to."""

import asyncio
from functools import partial

from telegram import Bot
from telegram.constants import ParseMode

from bot.keyboards.models import card_buttons
from bot.replies import retraining as replies
from bot.replies.retraining_result import card, plot_texts
from bot.services.progress_messages import ProgressMessages
from bot.storage.runs import Run, State
from bot.transport.pictures import send_picture_or_text
from model.registry.registry import Registry
from model.retraining.plot_texts import PlotTexts


async def send_card(
    bot: Bot, registry: Registry, messages: ProgressMessages, run: Run, chat_id: int
) -> None:
    """Send the result of a run, and end the progress message of the chat.

    Args:
        bot: sends it.
        registry: holds the versions; the buttons depend on which one is active.
        messages: the progress messages.
        run: a run that made a version.
        chat_id: the chat of an admin.

    Raises:
        TelegramError: it was not sent.
    """
    overview = await asyncio.to_thread(registry.overview)
    text = messages.render_for(chat_id, lambda: card(run))
    version, kept = run.version or "", run.state is State.KEPT
    buttons = messages.render_for(chat_id, lambda: card_buttons(version, overview, anyway=kept))
    texts = messages.render_for(chat_id, plot_texts)
    await messages.detach(chat_id, lambda: (replies.over(), None))
    plot = await asyncio.to_thread(_draw_plot, run, texts)
    send_text = partial(
        bot.send_message,
        chat_id,
        text,
        parse_mode=ParseMode.HTML,
        reply_markup=buttons,
    )
    if plot is None:
        await send_text()
        return
    await send_picture_or_text(
        partial(
            bot.send_photo,
            chat_id,
            plot,
            text,
            parse_mode=ParseMode.HTML,
            reply_markup=buttons,
        ),
        send_text,
    )


def _draw_plot(run: Run, texts: PlotTexts) -> bytes | None:
    """Return the plot of a run's result; None if the run is of a version that stored no curve."""
    # Imported only here: importing matplotlib takes longer than the start of the bot may.
    from model.retraining.result_plot import TrainingCurve, draw_result

    figures = run.figures or {}
    if "curve" not in figures:
        return None
    curve = TrainingCurve(figures["curve"])
    return draw_result(figures["before"], figures["after"], curve, texts, PlotTexts())
