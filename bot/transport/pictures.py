"""Sends pictures, and notices where only a text can be sent."""

import logging
from collections.abc import Awaitable, Callable

from telegram.error import Forbidden, NetworkError

from bot.transport.refusals import allows_text

logger = logging.getLogger(__name__)


async def send_picture_or_text(
    send_picture: Callable[[], Awaitable[object]], send_text: Callable[[], Awaitable[object]]
) -> None:
    """Send a picture with a caption, or the caption alone.

    A group may allow no photos, Telegram may not accept the shape or the size, and an upload may
    fail where short requests get through.

    Args:
        send_picture: sends the picture with its caption.
        send_text: sends the caption as a text.

    Raises:
        telegram.error.TelegramError: the text cannot be sent, either.
    """
    if not await send_pictures(send_picture):
        await send_text()


async def send_pictures(send: Callable[[], Awaitable[object]]) -> bool:
    """Send pictures; see `send_picture_or_text` for why they may not arrive.

    Returns:
        Whether they were sent. If not, a text may be sent nevertheless.

    Raises:
        telegram.error.TelegramError: they were not sent, and a text cannot be, either.
    """
    try:
        await send()
    except (NetworkError, Forbidden) as error:
        if not allows_text(error):
            raise
        logger.info("A picture could not be sent (%s), the text goes alone", error)
        return False
    return True
