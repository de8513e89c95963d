"""Commands and taps that are too old to be followed.

While the bot is away, they wait: a message for up to a day. What has consequences must not happen
long after it was asked for.
"""

import logging
import time

from telegram import CallbackQuery

from bot.context import Context
from bot.handlers.common.callback_queries import acknowledge, send_reply
from bot.replies import inbox as replies

MAX_AGE_S = 300

logger = logging.getLogger(__name__)


def age_s(since: float) -> int:
    """Return how old something is, in seconds; negative if a clock is wrong.

    Args:
        since: seconds since 1970.
    """
    return int(time.time() - since)


async def acknowledge_unless_late(
    query: CallbackQuery, context: Context, text: str | None = None
) -> bool:
    """Acknowledge a tap that is about to be followed; tell the user if it came too late.

    A tap does not say when it was made. It waits at Telegram for 150 seconds at most (see
    https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp), and Telegram
    refuses the acknowledgement if that was too long.

    Args:
        query: the tap.
        context: the context of the tap.
        text: text to show briefly; None for nothing.

    Returns:
        Whether the tap is to be followed.
    """
    is_late = age_s(context.arrived_at) > MAX_AGE_S
    is_known = await acknowledge(query, None if is_late else text)
    if is_known and not is_late:
        return True
    logger.info("A tap came too late and is not followed")
    await send_reply(query, replies.late_tap(), context)
    return False
