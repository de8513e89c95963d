"""Answers albums with the moods in their photos."""

import asyncio
import logging
from collections.abc import Sequence

from telegram import Message

from bot.context import Context
from bot.errors import PhotoRefusedError
from bot.handlers.user.help import hint_for
from bot.handlers.user.photos import (
    answer_photo,
    is_for_bot,
    is_private,
    judge,
    log_no_verdict,
    note_delivered,
    record_answer,
    reply,
    was_answered,
)
from bot.inbox.item import Album
from bot.keyboards.corrections import initial_keyboard
from bot.log_limit import LogLimit
from bot.replies import images as image_replies
from bot.replies import photos as replies
from bot.services.attachments import ImageAttachment, find_image
from bot.serving.inference import MoodPredictor
from model.errors import ImageError
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)
_log_limit = LogLimit()  # somebody may know how to make the same error again and again


async def album(album: Album, context: Context) -> None:
    """Answer an album, once."""
    if is_for_bot(album.messages, context):
        await _answer_album(album.messages, context)


async def _answer_album(messages: Sequence[Message], context: Context) -> None:
    images = [find_image(message) for message in messages]
    first = messages[0]
    if not any(images):
        if is_private(first):
            await reply(first, hint_for(first))
        return
    if len(images) == 1 and images[0]:
        await answer_photo(images[0], first, first, context)
        return
    async with context.services.chat_action.typing(first.chat_id):
        # The same version judges the whole album, even if another one becomes active meanwhile.
        predictor = context.services.inference.predictor
        results = await asyncio.gather(
            *(
                _album_result(image, message, predictor, context)
                for image, message in zip(images, messages, strict=True)
            )
        )
        if await was_answered(first, context):
            return
        known = await record_answer(first, first.from_user, images, results, context)
    buttons = initial_keyboard(known) if known else None
    await reply(first, replies.album(results, known), buttons)
    note_delivered(known, context)


async def _album_result(
    image: ImageAttachment | None, message: Message, predictor: MoodPredictor, context: Context
) -> PhotoVerdict | str:
    """Return a picture's verdict, or the sentence that says why it has none."""
    if image is None:
        return hint_for(message)
    try:
        verdict = await judge(image, message, message, context, predictor)
        return verdict.without_pixels()  # the rest of the album may take a while
    except (ImageError, PhotoRefusedError) as error:
        log_no_verdict(error)
        return image_replies.photo_error(error)
    except Exception as error:
        # The other pictures still get their verdicts.
        text = "A picture of an album could not be judged: %s"
        _log_limit.log(logger, logging.ERROR, type(error).__name__, text, error, exc_info=error)
        return image_replies.photo_error(error)
