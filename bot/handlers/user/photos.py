"""Answers photos, picture files and albums with the moods in them."""

import asyncio
import logging
from collections.abc import Sequence

from telegram import InlineKeyboardMarkup, Message, ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import BadRequest
from telegram.ext.filters import MessageFilter

from bot.context import Context
from bot.errors import PhotoRefusedError
from bot.handlers.user.help import hint_for
from bot.handlers.user.mentions import caption_mentions_bot, text_mentions_bot
from bot.handlers.user.photo_records import (
    count_photo,
    mark_delivered,
    record_answer,
    was_answered,
)
from bot.keyboards.corrections import initial_keyboard
from bot.replies import help as help_replies
from bot.replies import photos as replies
from bot.services.attachments import ImageAttachment, check_size, download, find_image
from bot.serving.inference import MoodPredictor
from model.errors import ImageError
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)


class AlbumFilter(MessageFilter):
    """Messages that are part of an album."""

    def filter(self, message: Message) -> bool:
        """See `telegram.ext.filters.MessageFilter`."""
        return bool(message.media_group_id)


async def photo(update: Update, context: Context) -> None:
    """Answer a photo or a file; in a group, only pictures that are meant for the bot."""
    message = update.message
    if message is None or not _is_for_bot([message], context):
        return
    if image := find_image(message):
        await _answer(image, message, message, context)
    elif _is_private(message):
        await message.reply_text(hint_for(message))


async def album(update: Update, context: Context) -> None:
    """Answer an album, once, when all of it has arrived."""
    message = update.message
    if message is None:
        return
    if _is_private(message):
        async with context.services.chat_action.typing(message.chat_id):
            messages = await context.services.albums.collect(message)
    else:
        messages = await context.services.albums.collect(message)
    if _is_for_bot(messages, context):
        await _answer_album(messages, context)


async def mood(update: Update, context: Context) -> None:
    """Answer the picture that /mood replies to. Without one, groups get no answer."""
    message = update.message
    if message is None:
        return
    original = message.reply_to_message
    if original and (image := find_image(original)):
        await _answer(image, original, message, context)
    elif _is_private(message):
        await message.reply_text(help_replies.mood_needs_a_photo())


async def mention(update: Update, context: Context) -> None:
    """Treat a mention of the bot in reply to a picture like /mood."""
    message = update.message
    if message and text_mentions_bot(message, context.bot.id, context.bot.username):
        await mood(update, context)


def _is_private(message: Message) -> bool:
    return message.chat.type == ChatType.PRIVATE


def _is_for_bot(messages: Sequence[Message], context: Context) -> bool:
    return any(
        _is_private(message) or caption_mentions_bot(message, context.bot.id, context.bot.username)
        for message in messages
    )


async def _answer(
    image: ImageAttachment, message: Message, question: Message, context: Context
) -> None:
    """Answer one picture; the question is its own message, or one that asks about it."""
    drawing = None
    try:
        async with context.services.chat_action.typing(message.chat_id):
            verdict = await _judge(image, message, question, context)
            # Not earlier: photos would overtake each other on the way to the model.
            if await was_answered(question, context):
                return
            if len(verdict.faces) > 1:
                drawing = await context.services.inference.draw(verdict, replies.box_labels())
            known = await record_answer(question, message.from_user, [image], [verdict], context)
    except (ImageError, PhotoRefusedError) as error:
        logger.info("No verdict: %s", error)
        await _reply(message, replies.photo_error(error))
        return
    buttons = initial_keyboard(known) if known else None
    if drawing is None:
        await _reply(message, replies.answer(verdict, known), buttons)
    else:
        await _reply_with_drawing(
            message, drawing, replies.caption(verdict, known), buttons, context
        )
    await mark_delivered(known, context)


async def _answer_album(messages: Sequence[Message], context: Context) -> None:
    images = [find_image(message) for message in messages]
    first = messages[0]
    if not any(images):
        if _is_private(first):
            await _reply(first, hint_for(first))
        return
    if len(images) == 1 and images[0]:
        await _answer(images[0], first, first, context)
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
    await _reply(first, replies.album(results, known), buttons)
    await mark_delivered(known, context)


async def _album_result(
    image: ImageAttachment | None, message: Message, predictor: MoodPredictor, context: Context
) -> PhotoVerdict | str:
    """Return a picture's verdict, or the sentence that says why it has none."""
    if image is None:
        return hint_for(message)
    try:
        return await _judge(image, message, message, context, predictor)
    except (ImageError, PhotoRefusedError) as error:
        logger.info("No verdict: %s", error)
        return replies.photo_error(error)
    except Exception as error:
        # The other pictures still get their verdicts.
        logger.exception("A picture of an album could not be judged")
        return replies.photo_error(error)


async def _judge(
    image: ImageAttachment,
    message: Message,
    question: Message,
    context: Context,
    predictor: MoodPredictor | None = None,
) -> PhotoVerdict:
    check_size(image)
    inference = context.services.inference
    async with inference.slot():
        await count_photo(image, message.from_user, question, context)
        return await inference.predict(await download(context.bot, image), predictor)


async def _reply(message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
    await message.reply_text(text, reply_parameters=_reply_to(message), reply_markup=buttons)


async def _reply_with_drawing(
    message: Message,
    drawing: bytes,
    caption: str,
    buttons: InlineKeyboardMarkup | None,
    context: Context,
) -> None:
    await context.services.chat_action.uploading(message.chat_id)
    try:
        await message.reply_photo(
            drawing, caption=caption, reply_parameters=_reply_to(message), reply_markup=buttons
        )
    except BadRequest as error:
        # The group allows no photos, or Telegram does not accept the shape: send the text alone.
        logger.info("The picture could not be sent (%s), sending the text", error)
        await _reply(message, caption, buttons)


def _reply_to(message: Message) -> ReplyParameters:
    # The sender may have deleted the photo meanwhile.
    return ReplyParameters(message.message_id, allow_sending_without_reply=True)
