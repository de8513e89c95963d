"""/start, /help, and hints for messages without a picture."""

import mimetypes

from telegram import Document, Message, Update

from bot.context import Context
from bot.handlers.common.mentions import is_private
from bot.replies import help as replies
from bot.replies import stats as admin_replies
from bot.services.attachments import replies_to_picture_elsewhere


async def start(update: Update, context: Context) -> None:
    """Welcome a user."""
    await _say(update, context.with_operators_line(replies.welcome()))


async def help_(update: Update, context: Context) -> None:
    """Explain what the bot does, and to an admin, what else they can do."""
    text = replies.explanation(context.bot.username)
    if context.is_admin(update.effective_user):
        text += f"\n\n{admin_replies.explanation()}"
    await _say(update, context.with_operators_line(text))


async def hint(update: Update, _: Context) -> None:
    """Reply what could be sent instead."""
    if update.message:
        await _say(update, hint_for(update.message))


def hint_for(message: Message) -> str:
    """Return the reply to a message without a picture that can be judged."""
    if reason := _why_not(message):
        return reason
    if replies_to_picture_elsewhere(message):
        return replies.picture_in_another_chat()
    return replies.send_a_photo()


def mood_hint_for(question: Message, username: str) -> str:
    """Return the reply to a /mood that is no reply to a picture that can be judged.

    Args:
        question: the message with /mood.
        username: the bot's user name without the @.
    """
    if replies_to_picture_elsewhere(question):
        return replies.picture_in_another_chat()
    original = question.reply_to_message
    if original and (reason := _why_not(original)):
        return reason
    if is_private(question):
        return replies.mood_needs_a_photo()
    return replies.mood_needs_a_photo_in_group(username)


def _why_not(message: Message) -> str | None:
    """Return why what a message contains cannot be judged; None for a text, a place etc."""
    if message.document and not message.animation:
        return replies.not_a_picture_file(_type_of(message.document))
    for field, sentence in replies.not_a_picture().items():
        if getattr(message, field):
            return sentence
    return None


def _type_of(document: Document) -> str:
    """Return the media type of a file, guessed from its name if the sender does not say."""
    guessed, _ = mimetypes.guess_type(document.file_name or "")
    return (document.mime_type or guessed or "").lower()


async def _say(update: Update, text: str) -> None:
    if update.message:
        await update.message.reply_text(text)
