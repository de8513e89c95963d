"""Chooses the language of an update before anything else sees it."""

from telegram import Update

from bot.context import Context
from bot.i18n import set_language


async def choose_language(update: Update, context: Context) -> None:
    """Speak the language of whoever sent the message or tapped the button."""
    user = update.effective_user
    set_language(user.language_code if user else None)
    if user and context.is_admin(user):
        # Admins are told of retrainings that they have not asked for, too.
        context.services.retraining.note_language(user.id, user.language_code)
