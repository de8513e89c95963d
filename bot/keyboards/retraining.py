"""The buttons of /retrain and their callback data.

`retrain:start:<correction>-<digest>` starts what was offered while this correction was the newest;
see `bot.storage.correction_keys`. `retrain:stop:<key>` stops the retraining that has this key.
"""

import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.replies import retraining as replies
from bot.storage.correction_keys import DIGITS, CorrectionKey

PREFIX = "retrain:"
START, STOP, CANCEL = "retrain:start:", "retrain:stop:", "retrain:cancel"
_CORRECTION = re.compile(rf"(\d{{1,18}})-([0-9a-f]{{{DIGITS}}})", re.ASCII)


def offer_keyboard(newest: CorrectionKey) -> InlineKeyboardMarkup:
    """Build the buttons that start a retraining, or do not.

    Args:
        newest: the newest correction that it would learn from.
    """
    data = f"{START}{newest.id}-{newest.digest}"
    start = InlineKeyboardButton(replies.start_button(), callback_data=data)
    cancel = InlineKeyboardButton(replies.cancel_button(), callback_data=CANCEL)
    return InlineKeyboardMarkup([[start, cancel]])


def stop_keyboard(key: str) -> InlineKeyboardMarkup:
    """Build the button that stops the retraining with this key."""
    stop = InlineKeyboardButton(replies.stop_button(), callback_data=STOP + key)
    return InlineKeyboardMarkup([[stop]])


def parse_start(data: str) -> CorrectionKey | None:
    """Return what a button that starts a retraining repeats; None for other data."""
    if not data.startswith(START):
        return None
    parts = _CORRECTION.fullmatch(data.removeprefix(START))
    return CorrectionKey(int(parts[1]), parts[2]) if parts else None
