"""What the photo handlers store: the daily quota, answers, and whether those were delivered.

A photo is answered even if the database cannot be used: without buttons, and perhaps once more
after a restart.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from telegram import Message, User

from bot.context import Context
from bot.errors import StorageError, UserErasedError
from bot.services.attachments import ImageAttachment
from bot.storage import answers, users
from bot.storage.answers import Answer, NewPhoto, Question
from bot.storage.users import DAY_S, PhotoRequest
from model.faces.crops import encode_png
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)


async def count_photo(
    image: ImageAttachment, sender: User | None, question: Message, context: Context
) -> None:
    """Count a photo towards the daily quota of the user who asks; admins have none.

    Args:
        image: the photo.
        sender: who sent the photo.
        question: the message that asks about it. If a group or channel sent it, that one's quota
            is used.
        context: of the update.

    Raises:
        PhotoLimitError: the quota is used up.
    """
    # For messages of a chat, Telegram fills in a user that is the same everywhere.
    asker = question.sender_chat or question.from_user
    if asker is None or context.is_admin(question.from_user):
        return
    request = PhotoRequest(
        user_id=asker.id,
        sender_id=sender.id if sender else None,
        file_unique_id=image.file_unique_id,
        now=int(time.time()),
        received_at=context.received_at,
    )
    services = context.services
    try:
        await users.count_photo(services.database, request, services.settings.bot_photos_a_day)
    except StorageError as error:
        logger.warning("A photo could not be counted and is judged nevertheless: %s", error)


async def was_answered(question: Message, context: Context) -> bool:
    """Return whether a question was answered; Telegram repeats some after a restart."""
    try:
        return await answers.was_answered(
            context.services.database, _question(question, 0, context)
        )
    except StorageError as error:
        logger.warning("Cannot look for an earlier answer: %s", error)
        return False


async def record_answer(
    question: Message,
    sender: User | None,
    images: Sequence[ImageAttachment | None],
    results: Sequence[PhotoVerdict | str],
    context: Context,
) -> Answer | None:
    """Store an answer, with the crops of the faces but not the photos.

    Args:
        question: the message that asks about the photos.
        sender: who sent the photos.
        images: the photos; None for a message without one.
        results: for each photo the verdict, or the reason why there is none.
        context: of the update.

    Returns:
        The answer as stored, with labels from earlier answers about the same photos. None if
        there is nothing to correct, a bot sent the photos, the sender was erased meanwhile, or the
        database cannot be used.
    """
    if sender is None or sender.is_bot:
        return None
    photos = [
        await _new_photo(position, image, result)
        for position, (image, result) in enumerate(zip(images, results, strict=True))
        if image and isinstance(result, PhotoVerdict)
    ]
    if not photos:
        return None
    services, now = context.services, int(time.time())
    keep_s = services.settings.bot_crop_days * DAY_S
    stored = _question(question, sender.id, context)
    try:
        return await answers.record(services.database, stored, photos, now, keep_s)
    except UserErasedError:
        logger.info("An answer is not stored: its user had everything erased meanwhile")
        return None
    except StorageError as error:
        logger.error("An answer could not be stored and goes out without buttons: %s", error)
        return None


async def mark_delivered(answer: Answer | None, context: Context) -> None:
    """Remember that an answer has reached the chat."""
    if answer is None:
        return
    try:
        await answers.mark_delivered(context.services.database, answer.id)
    except StorageError as error:
        logger.warning("An answer may be given again after a restart: %s", error)


def _question(message: Message, user_id: int, context: Context) -> Question:
    sent_at = int(message.date.timestamp())
    return Question(user_id, message.chat_id, message.message_id, sent_at, context.received_at)


async def _new_photo(position: int, image: ImageAttachment, verdict: PhotoVerdict) -> NewPhoto:
    crops = await asyncio.to_thread(lambda: tuple(map(encode_png, verdict.crops)))
    return NewPhoto(position, image.file_unique_id, verdict, crops)
