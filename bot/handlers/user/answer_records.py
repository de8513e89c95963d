"""Stores what is answered, so that it can be corrected; the answer goes out even if that fails."""

import asyncio
import logging
import time
from collections.abc import Sequence

from telegram import Message, User

from bot.context import Context
from bot.errors import StorageError, UserErasedError
from bot.services.attachments import ImageAttachment
from bot.storage import answers
from bot.storage.answers import Answer, NewPhoto, Question
from model.faces.crops import encode_png
from model.prediction.results import PhotoVerdict

DAY_S = 24 * 3600

logger = logging.getLogger(__name__)


async def was_answered(question: Message, context: Context) -> bool:
    """Say whether a question has its answer already; after a restart some are delivered again."""
    try:
        return await answers.was_answered(
            context.services.database, _question(question, 0, context)
        )
    except StorageError as error:
        logger.warning("Cannot look for an earlier answer: %s", error)
        return False


async def remember(
    question: Message,
    sender: User | None,
    images: Sequence[ImageAttachment | None],
    results: Sequence[PhotoVerdict | str],
    context: Context,
) -> Answer | None:
    """Store an answer, with the crops of the faces but not the pictures.

    Args:
        question: the message that asks; a repetition of it is recognised.
        sender: who sent the pictures.
        images: the pictures; None for a message without one.
        results: for each its verdict, or why it has none.
        context: of the update.

    Returns:
        The answer as stored, with what people said about the same pictures before. None if there
        is nothing to correct, nobody who could, a sender who was erased since the question came
        in, or no way to store it now.
    """
    if sender is None or sender.is_bot:
        return None
    judged = [
        await _judged(position, image, result)
        for position, (image, result) in enumerate(zip(images, results, strict=True))
        if image and isinstance(result, PhotoVerdict)
    ]
    if not judged:
        return None
    services = context.services
    asked = _question(question, sender.id, context)
    keep_s = services.settings.bot_crop_days * DAY_S
    try:
        return await answers.record(services.database, asked, judged, int(time.time()), keep_s)
    except UserErasedError:
        logger.info("An answer is not stored: its user had everything erased meanwhile")
        return None
    except StorageError as error:
        logger.error("An answer could not be stored and goes out without buttons: %s", error)
        return None


async def delivered(answer: Answer | None, context: Context) -> None:
    """Note that an answer has reached the chat."""
    if answer is None:
        return
    try:
        await answers.mark_delivered(context.services.database, answer.id)
    except StorageError as error:
        logger.warning("An answer may be given again after a restart: %s", error)


def _question(message: Message, user_id: int, context: Context) -> Question:
    sent_at = int(message.date.timestamp())
    return Question(user_id, message.chat_id, message.message_id, sent_at, context.received_at)


async def _judged(position: int, image: ImageAttachment, photo: PhotoVerdict) -> NewPhoto:
    crops = await asyncio.to_thread(lambda: tuple(map(encode_png, photo.crops)))
    return NewPhoto(position, image.file_unique_id, photo, crops)
