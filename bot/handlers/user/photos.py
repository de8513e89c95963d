"""Answers photos and picture files with the moods in them, and stores what was answered.

A photo is answered even if the database cannot be used: without buttons, and perhaps once more
after a restart.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from telegram import Message, Update, User

from bot.context import Context
from bot.errors import FileTooLargeError, PhotoRefusedError, StorageError, UserErasedError
from bot.handlers.common.mentions import (
    is_for_bot,
    is_private,
    names_bot,
    text_mentions_bot,
)
from bot.handlers.common.senders import asker_id, sender_of
from bot.handlers.user.help import hint_for, mood_hint_for
from bot.handlers.user.photo_quota import count_towards_quota
from bot.handlers.user.sending import reply, reply_with_drawing
from bot.keyboards.corrections import initial_keyboard
from bot.log_limit import LogLimit
from bot.replies import images as image_replies
from bot.replies import photos as replies
from bot.services.attachments import ImageAttachment, check_size, find_image
from bot.services.photo_metrics import count_photo, time_verdict
from bot.serving.inference import PhotoPredictor
from bot.storage import answers
from bot.storage.answers import Answer, Question
from bot.storage.photos import NewPhoto
from bot.storage.users import DAY_S
from bot.transport.topics import topic_id
from model.errors import ImageError
from model.faces.crops import encode_png
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)
_log_limit = LogLimit()


async def photo(update: Update, context: Context) -> None:
    """Answer a photo or a file; in a group, only pictures that are meant for the bot."""
    message = update.message
    if message is None or not is_for_bot([message], context):
        return
    if image := find_image(message):
        await answer_photo(image, message, message, context)
    elif is_private(message):
        await message.reply_text(hint_for(message))


async def mood(update: Update, context: Context) -> None:
    """Answer the picture that /mood replies to, or say why there is none.

    In a group, a bare /mood may be meant for another bot.
    """
    message = update.message
    if message is None:
        return
    original = message.reply_to_message
    if original and (image := find_image(original)):
        await answer_photo(image, original, message, context)
    elif is_private(message) or names_bot(message, context.bot.username):
        await reply(message, mood_hint_for(message, context.bot.username))


async def mention(update: Update, context: Context) -> None:
    """Treat a mention of the bot in reply to a picture like /mood."""
    message = update.message
    if message and text_mentions_bot(message, context.bot.id, context.bot.username):
        await mood(update, context)


async def answer_photo(
    image: ImageAttachment, message: Message, question: Message, context: Context
) -> None:
    """Answer one picture; the question is its own message, or one that asks about it."""
    try:
        async with context.services.chat_action.typing(message.chat_id, topic_id(message)):
            verdict = await judge(image, message, question, context)
            drawing = await draw_faces(image, verdict, context)
            verdict = verdict.without_photo()  # the answer may have to wait for Telegram
            known = await record_answer(question, sender_of(message), [image], [verdict], context)
    except (ImageError, PhotoRefusedError) as error:
        log_no_verdict(error)
        await reply(message, image_replies.photo_error(error))
        return
    # In a group, most of an album may not reach the bot, and /mood is about one photo of it.
    of_album = message.media_group_id is not None and not is_private(message)
    await send_answer(message, verdict, drawing, known, context, of_album)


async def send_answer(
    message: Message,
    verdict: PhotoVerdict,
    drawing: bytes | None,
    known: Answer | None,
    context: Context,
    of_album: bool = False,
) -> None:
    """Send the answer about one photo.

    Args:
        message: the photo.
        verdict: the verdict, which needs no pixels any more.
        drawing: the photo with boxes; None if there is none.
        known: the stored answer; None if it could not be stored.
        context: the context of the update.
        of_album: whether the photo is one of an album that is not answered as a whole.
    """
    text = replies.answer(verdict, known, of_album)
    buttons = initial_keyboard(known) if known else None
    with context.services.metrics.timed("send"):
        if drawing is None:
            await reply(message, text, buttons)
        else:
            await reply_with_drawing(message, drawing, text, buttons)
    note_delivered(known, context)


async def draw_faces(
    image: ImageAttachment,
    verdict: PhotoVerdict,
    context: Context,
    photo_number: int | None = None,
) -> bytes | None:
    """Return the photo with boxes around its faces; None if it is clear which face is meant.

    Paid media are not drawn: others in the chat may not have paid.
    """
    if verdict.needs_boxes and not image.is_paid:
        labels = replies.box_labels()
        return await context.services.inference.draw(verdict, labels, photo_number)
    return None


async def judge(
    image: ImageAttachment,
    message: Message,
    question: Message,
    context: Context,
    predictor: PhotoPredictor | None = None,
) -> PhotoVerdict:
    """Download and judge a photo, when the queue and the daily quota allow it.

    Raises:
        ImageError, PhotoRefusedError: there is no verdict.
    """
    judging = _judge(image, message, question, context, predictor)
    return await count_photo(context.services.metrics, judging)


async def _judge(
    image: ImageAttachment,
    message: Message,
    question: Message,
    context: Context,
    predictor: PhotoPredictor | None,
) -> PhotoVerdict:
    check_size(image)
    services = context.services
    asker = asker_id(question)
    with services.inference.admit(asker):
        await count_towards_quota(image, sender_of(message), question, context)
        try:
            return await _predict(image, asker, context, predictor)
        except (ImageError, FileTooLargeError) as error:
            if image.thumbnail is None:
                raise
            _log(logging.INFO, "A thumbnail is judged instead of a video: %s", error)
            return await _predict(image.thumbnail, asker, context, predictor)


async def _predict(
    image: ImageAttachment, person: int, context: Context, predictor: PhotoPredictor | None
) -> PhotoVerdict:
    services = context.services
    async with AsyncExitStack() as stack:
        with services.metrics.timed("download"):
            download = services.downloads.download(image, person)
            data = await stack.enter_async_context(download)
        judging = services.inference.predict(data, person, predictor)
        verdict = await time_verdict(services.metrics, judging)
    return replace(verdict, is_preview=image.is_preview)


def log_no_verdict(error: ImageError | PhotoRefusedError) -> None:
    """Log why a photo gets no verdict."""
    _log(logging.INFO, "No verdict: %s", error)


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
        sender: who sent the photos; None if it was a chat.
        images: the photos; None for a message without one.
        results: for each photo the verdict, or the reason why there is none.
        context: the context of the update.

    Returns:
        The answer as stored, with labels from earlier answers about the same photos. None if
        there is nothing to correct, the photos are paid media, no person sent them, the sender was
        erased meanwhile, or the database cannot be used.

    Raises:
        TakenOverError: another replica answers now.
        AnsweredBeforeError: the question was answered; after a restart, some come again.
    """
    if sender is None or sender.is_bot:
        return None
    photos = [
        await _new_photo(position, image, result)
        for position, (image, result) in enumerate(zip(images, results, strict=True))
        if image and not image.is_paid and isinstance(result, PhotoVerdict)
    ]
    services, now = context.services, int(time.time())
    keep_s = services.settings.bot_crop_days * DAY_S
    stored = _question(question, sender.id, context)
    try:
        if not photos:
            await answers.check_unanswered(services.database, stored)
            return None
        with services.metrics.timed("store"):
            return await answers.record(
                services.database, stored, photos, now, keep_s, context.claim
            )
    except UserErasedError as error:
        text = "An answer is not stored: its user had everything erased meanwhile"
        _log_limit.log(logger, logging.INFO, type(error).__name__, text)
        return None
    except StorageError as error:
        text = "An answer could not be stored and goes out without buttons: %s"
        _log(logging.ERROR, text, error)
        return None


def note_delivered(answer: Answer | None, context: Context) -> None:
    """Note that an answer has reached the chat; it is stored with the end of the update."""
    context.services.metrics.note_answer(time.monotonic() - context.received_at)
    if answer is not None:
        context.item.answer_ids.append(answer.id)


def _question(message: Message, user_id: int, context: Context) -> Question:
    sent_at = int(message.date.timestamp())
    return Question(user_id, message.chat_id, message.message_id, sent_at, context.received_at)


async def _new_photo(position: int, image: ImageAttachment, verdict: PhotoVerdict) -> NewPhoto:
    crops = await asyncio.to_thread(lambda: tuple(map(encode_png, verdict.crops)))
    return NewPhoto(
        position, image.file_unique_id, verdict, crops, image.has_spoiler, image.is_protected
    )


def _log(level: int, text: str, error: Exception) -> None:
    _log_limit.log(logger, level, (text, type(error).__name__), text, error)
