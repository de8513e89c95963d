"""What went wrong, in words for who runs the bot."""

import errno
import logging

from bot.errors import BotError, RetrainingTimeoutError, StorageError
from model.errors import MoodError, NoReplayError, TooFewSamplesError
from model.messages import N_, Reason

logger = logging.getLogger(__name__)


def describe_error(error: Exception) -> Reason:
    """Say what an error means and what to do about it; the log gets those that nobody expected.

    Args:
        error: that ended a retraining.

    Returns:
        A sentence or two.
    """
    if isinstance(error, RetrainingTimeoutError | TooFewSamplesError | NoReplayError):
        return error.reason
    if isinstance(error, StorageError):
        return Reason(N_("The database cannot be used: {error}"), {"error": str(error)})
    if isinstance(error, MoodError | BotError):
        return Reason(str(error))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Reason(N_("The disk is full. Make room, then start again."))
    if isinstance(error, OSError):
        return Reason(N_("A file cannot be used: {error}"), {"error": str(error)})
    if isinstance(error, MemoryError):
        return Reason(N_("There is not enough memory."))
    logger.error("The retraining failed", exc_info=error)
    text = N_("Something unexpected happened: {error}. The log says more.")
    return Reason(text, {"error": type(error).__name__})
