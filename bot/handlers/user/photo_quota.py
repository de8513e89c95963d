"""Sees to it that nobody asks for more photos a day than the settings allow; admins may."""

import logging
import time

from telegram import Message

from bot.context import Context
from bot.errors import StorageError
from bot.services.attachments import ImageAttachment
from bot.storage import users
from bot.storage.users import PhotoRequest

logger = logging.getLogger(__name__)


async def admit(
    picture: ImageAttachment, message: Message, question: Message, context: Context
) -> None:
    """Count a picture that is about to be judged.

    Args:
        picture: the file.
        message: that it came with.
        question: that asks for it; whoever sent this is counted: a person, or the group or channel
            in whose name it was sent.
        context: of the update.

    Raises:
        PhotoLimitError: it is one too many today.
    """
    # In the name of a chat, Telegram fills in a user that is the same for everybody.
    asker, sender = question.sender_chat or question.from_user, message.from_user
    if asker is None or context.is_admin(question.from_user):
        return
    services = context.services
    sender_id = sender.id if sender else None
    now = int(time.time())
    asked = PhotoRequest(asker.id, sender_id, picture.file_unique_id, now, context.received_at)
    try:
        await users.count_photo(services.database, asked, services.settings.bot_photos_a_day)
    except StorageError as error:
        logger.warning("A photo could not be counted and is judged nevertheless: %s", error)
