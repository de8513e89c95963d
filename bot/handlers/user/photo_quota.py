"""The daily quota of photos."""

import logging
import time

from telegram import Message, User

from bot.context import Context
from bot.errors import StorageError
from bot.handlers.common.senders import asker_id, sender_of
from bot.log_limit import LogLimit
from bot.services.attachments import ImageAttachment
from bot.storage import users
from bot.storage.users import PhotoRequest

logger = logging.getLogger(__name__)
_log_limit = LogLimit()


async def count_towards_quota(
    image: ImageAttachment, sender: User | None, question: Message, context: Context
) -> None:
    """Count a photo towards the daily quota of the user who asks; admins have none.

    It is stored with the end of the update.

    Args:
        image: the photo.
        sender: who sent the photo.
        question: the message that asks about it.
        context: the context of the update.

    Raises:
        PhotoLimitError: the quota is used up.
    """
    if context.is_admin(sender_of(question)):
        return
    request = PhotoRequest(
        user_id=asker_id(question),
        sender_id=sender.id if sender else None,
        file_unique_id=image.file_unique_id,
        now=int(time.time()),
        received_at=context.received_at,
    )
    services = context.services
    async with services.quota_lock:
        in_hand = context.photos_in_hand(request.user_id)
        try:
            counts = await users.check_photo_quota(
                services.database,
                request,
                in_hand,
                services.settings.bot_photos_a_day,
                context.item.claim_of(question.message_id),
                context.inbox.rows_decided,
            )
        except StorageError as error:
            text = "The daily limit cannot be read, a photo is judged anyway: %s"
            _log_limit.log(logger, logging.WARNING, type(error).__name__, text, error)
            counts = True
        finally:
            context.item.note_decision(question.message_id)
        if counts:
            context.item.photo_requests.append(request)
