"""What went wrong, in words for who runs the bot."""

import errno
import logging

from bot.errors import BotError, StorageError
from model.errors import MoodError

logger = logging.getLogger(__name__)


def in_plain_words(error: Exception) -> str:
    """Say what an error means and what to do about it; the log gets those that nobody expected.

    Args:
        error: that ended a retraining.

    Returns:
        A sentence or two.
    """
    if isinstance(error, StorageError):
        return f"The database cannot be used: {error}"
    if isinstance(error, MoodError | BotError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Make room, then start again."
    if isinstance(error, OSError):
        return f"A file cannot be used: {error}"
    if isinstance(error, MemoryError):
        return "There is not enough memory."
    logger.error("The retraining failed", exc_info=error)
    return f"Something unexpected happened: {type(error).__name__}. The log says more."
