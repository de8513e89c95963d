"""The buttons of /retrain and their callback data."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.replies import retraining as replies

PREFIX = "retrain:"
START, CANCEL, STOP = "retrain:start", "retrain:cancel", "retrain:stop"


def offer_keyboard() -> InlineKeyboardMarkup:
    """Build the buttons that start a retraining, or do not."""
    start = InlineKeyboardButton(replies.start_button(), callback_data=START)
    cancel = InlineKeyboardButton(replies.cancel_button(), callback_data=CANCEL)
    return InlineKeyboardMarkup([[start, cancel]])


def stop_keyboard() -> InlineKeyboardMarkup:
    """Build the button that stops a retraining."""
    stop = InlineKeyboardButton(replies.stop_button(), callback_data=STOP)
    return InlineKeyboardMarkup([[stop]])
