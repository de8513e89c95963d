"""Sends a text alone where its picture cannot be sent."""

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
    try:
        await send_picture()
    except (NetworkError, Forbidden) as error:
        if not allows_text(error):
            raise
        logger.info("A picture could not be sent (%s), the text goes alone", error)
        await send_text()
