"""Chooses the language of an update before anything else sees it."""

from telegram import Update

from bot.context import Context
from bot.language import speak


async def choose_language(update: Update, _: Context) -> None:
    """Speak the language of whoever sent the message or tapped the button."""
    user = update.effective_user
    speak(user.language_code if user else None)
