"""Photos, picture files and albums in, moods out."""

import asyncio
import logging
from collections.abc import Sequence

from telegram import InlineKeyboardMarkup, Message, ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import PhotoRefusedError
from bot.handlers.user.answer_records import delivered, remember, was_answered
from bot.handlers.user.help import hint_for
from bot.handlers.user.mentions import caption_mentions_bot, text_mentions_bot
from bot.handlers.user.photo_quota import admit
from bot.keyboards.corrections import first_buttons
from bot.replies import help as help_replies
from bot.replies import photos as replies
from bot.services.attachments import check_size, fetch, find_image
from bot.serving.inference import MoodPredictor
from model.errors import ImageError
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)


async def photo(update: Update, context: Context) -> None:
    """Answer a single picture; in a group only one that is meant for the bot."""
    message = update.message
    if message and _is_meant_for_us([message], context):
        await _answer(message, message, context)


async def album(update: Update, context: Context) -> None:
    """Answer an album, once, when all of it is here."""
    message = update.message
    if message is None:
        return
    if message.chat.type == ChatType.PRIVATE:
        async with context.services.chat_action.typing(message.chat_id):
            messages = await context.services.albums.collect(message)
    else:
        messages = await context.services.albums.collect(message)
    if not _is_meant_for_us(messages, context):
        return
    if len(messages) == 1 and find_image(messages[0]):
        await _answer(messages[0], messages[0], context)
    else:
        await _answer_album(messages, context)


async def mood(update: Update, context: Context) -> None:
    """/mood: answer the picture it replies to. Without one, groups get silence."""
    message = update.message
    if message is None:
        return
    asked_about = message.reply_to_message
    if asked_about and find_image(asked_about):
        await _answer(asked_about, message, context)
    elif message.chat.type == ChatType.PRIVATE:
        await message.reply_text(help_replies.mood_needs_a_photo())


async def mention(update: Update, context: Context) -> None:
    """A mention of the bot in reply to a picture asks as /mood does."""
    message = update.message
    if message and text_mentions_bot(message, context.bot.id, context.bot.username):
        await mood(update, context)


def _is_meant_for_us(messages: Sequence[Message], context: Context) -> bool:
    return any(
        message.chat.type == ChatType.PRIVATE
        or caption_mentions_bot(message, context.bot.id, context.bot.username)
        for message in messages
    )


async def _answer(message: Message, question: Message, context: Context) -> None:
    """Answer one picture; the question is its own message, or one that asks about it."""
    picture = None
    try:
        async with context.services.chat_action.typing(message.chat_id):
            judged = await _judge(message, question, context)
            # Only now: to ask earlier would let photos overtake each other on the way to the model.
            if await was_answered(question, context):
                return
            if len(judged.faces) > 1:
                inference, words = context.services.inference, replies.box_labels()
                picture = await inference.draw(judged, words)
            known = await remember(question, [message], [judged], context)
    except (ImageError, PhotoRefusedError) as error:
        logger.info("No verdict: %s", error)
        await _reply(message, replies.reason(error))
        return
    buttons = first_buttons(known) if known else None
    if picture is None:
        await _reply(message, replies.answer(judged, known), buttons)
    else:
        caption = replies.caption(judged, known)
        await _reply_with_picture(message, picture, caption, buttons, context)
    await delivered(known, context)


async def _answer_album(messages: Sequence[Message], context: Context) -> None:
    if not any(find_image(message) for message in messages):
        if messages[0].chat.type == ChatType.PRIVATE:
            await _reply(messages[0], hint_for(messages[0]))
        return
    async with context.services.chat_action.typing(messages[0].chat_id):
        # One answer is made by one version, be another put into service in the middle of it.
        predictor = context.services.inference.predictor
        results = await asyncio.gather(
            *(_album_result(message, predictor, context) for message in messages)
        )
        if await was_answered(messages[0], context):
            return
        known = await remember(messages[0], messages, results, context)
    buttons = first_buttons(known) if known else None
    await _reply(messages[0], replies.album(results, known), buttons)
    await delivered(known, context)


async def _album_result(
    message: Message, predictor: MoodPredictor, context: Context
) -> PhotoVerdict | str:
    """One picture's verdict, or the sentence why it has none: the others still get theirs."""
    if find_image(message) is None:
        return hint_for(message)
    try:
        return await _judge(message, message, context, predictor)
    except (ImageError, PhotoRefusedError) as error:
        logger.info("No verdict: %s", error)
        return replies.reason(error)
    except Exception as error:
        logger.exception("A picture of an album could not be judged")
        return replies.reason(error)


async def _judge(
    message: Message, question: Message, context: Context, predictor: MoodPredictor | None = None
) -> PhotoVerdict:
    picture = find_image(message)
    assert picture is not None  # noqa: S101 - the filters and callers let nothing else through
    check_size(picture)
    inference = context.services.inference
    async with inference.slot():
        await admit(picture, message, question, context)
        return await inference.predict(await fetch(context.bot, picture), predictor)


async def _reply(message: Message, text: str, buttons: InlineKeyboardMarkup | None = None) -> None:
    await message.reply_text(text, reply_parameters=_to(message), reply_markup=buttons)


async def _reply_with_picture(
    message: Message,
    picture: bytes,
    caption: str,
    buttons: InlineKeyboardMarkup | None,
    context: Context,
) -> None:
    await context.services.chat_action.uploading(message.chat_id)
    try:
        await message.reply_photo(
            picture, caption=caption, reply_parameters=_to(message), reply_markup=buttons
        )
    except BadRequest as error:
        # A group that allows no photos, or a shape Telegram takes for none: the text still helps.
        logger.info("The picture could not be sent (%s), sending the text", error)
        await _reply(message, caption, buttons)


def _to(message: Message) -> ReplyParameters:
    # Whoever sent the photo may have deleted it meanwhile.
    return ReplyParameters(message.message_id, allow_sending_without_reply=True)
