"""Answers albums with the moods in their photos.

The photos with several faces come back with boxes, as an album. Telegram shows no buttons below
an album (https://core.telegram.org/bots/api#sendmediagroup), so these are below a text that
follows.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telegram import Message

from bot.context import Context, RecentAlbum
from bot.errors import PhotoRefusedError
from bot.handlers.common.mentions import is_for_bot, is_private
from bot.handlers.common.senders import sender_of
from bot.handlers.user.help import hint_for
from bot.handlers.user.photos import (
    draw_faces,
    judge,
    log_no_verdict,
    note_delivered,
    record_answer,
    send_answer,
)
from bot.handlers.user.sending import Drawing, reply, reply_with_drawings
from bot.inbox.item import Album
from bot.keyboards.corrections import initial_keyboard
from bot.log_limit import LogLimit
from bot.replies import images as image_replies
from bot.replies import photos as replies
from bot.services.attachments import ImageAttachment, find_image
from bot.serving.inference import PhotoPredictor
from bot.storage.answers import Answer
from bot.transport.topics import topic_id
from model.errors import ImageError
from model.prediction.results import PhotoVerdict

logger = logging.getLogger(__name__)
_log_limit = LogLimit()  # somebody may know how to make the same error again and again


@dataclass(frozen=True, slots=True)
class _Picture:
    """A message of an album, and what the answer says about it.

    Attributes:
        message: the message.
        image: its picture; None if it has none.
        result: the verdict, or the sentence that says why there is none.
        drawing: the picture with boxes around its faces; None if it needs none.
    """

    message: Message
    image: ImageAttachment | None
    result: PhotoVerdict | str
    drawing: bytes | None = None


async def album(album: Album, context: Context) -> None:
    """Answer an album that asks for it, with the messages that come in time.

    Those that come later are answered by themselves. In a group, only one message of an album has
    the caption that asks; those that came before it are answered with it, and those that come after
    it do not have to ask.
    """
    recent = _recent_album(album, context)
    messages, recent.unanswered = recent.unanswered, []
    while True:
        messages += _take_new(album, context)
        recent.is_asked_about |= is_for_bot(messages, context)
        if recent.is_asked_about and any(map(find_image, messages)):
            await _answer(album, messages, recent, context)
            return
        if await album.close():
            break
    if not messages:
        logger.info("An album came again in other updates, ignored")
    elif is_private(messages[0]):
        await reply(messages[0], hint_for(messages[0]))
    else:
        recent.unanswered = messages


def _recent_album(album: Album, context: Context) -> RecentAlbum:
    message, recent_albums = album.update.message, context.services.recent_albums
    if message is None:
        return RecentAlbum()
    key = (message.chat_id, message.media_group_id)
    recent_albums[key] = recent = recent_albums.get(key) or RecentAlbum()
    return recent


def _take_new(album: Album, context: Context) -> list[Message]:
    return [message for message in album.take() if context.is_new(message)]


async def _answer(
    album: Album, messages: list[Message], recent: RecentAlbum, context: Context
) -> None:
    async with context.services.chat_action.typing(messages[0].chat_id, topic_id(messages[0])):
        # The same version judges the whole album, even if another one becomes active meanwhile.
        predictor = context.services.inference.predictor
        pictures: list[_Picture] = []
        while True:
            pictures += await _judge_all(messages, len(pictures), predictor, context)
            if await album.close():
                break
            messages = _take_new(album, context)
        first = pictures[0].message
        images, results = [one.image for one in pictures], [one.result for one in pictures]
        known = await record_answer(first, sender_of(first), images, results, context)
    # An album has at least two pictures. In a group, others may not have reached the bot.
    is_incomplete = not (recent.is_answered or is_private(first))
    await _send(pictures, known, is_incomplete, context)
    recent.is_answered = True


async def _send(
    pictures: Sequence[_Picture], known: Answer | None, is_incomplete: bool, context: Context
) -> None:
    first = pictures[0]
    if len(pictures) == 1:
        if isinstance(first.result, str):
            await reply(first.message, first.result)
        else:
            await send_answer(
                first.message, first.result, first.drawing, known, context, is_incomplete
            )
        return
    protect = any(picture.message.has_protected_content for picture in pictures)
    text = replies.album([picture.result for picture in pictures], known)
    with context.services.metrics.timed("send"):
        if drawings := _drawings(pictures):
            await reply_with_drawings(first.message, drawings, protect, context)
        await reply(first.message, text, initial_keyboard(known) if known else None, protect)
    note_delivered(known, context)


def _drawings(pictures: Iterable[_Picture]) -> list[Drawing]:
    return [
        Drawing(
            picture.drawing,
            replies.album_picture(number, picture.result),
            bool(picture.message.has_media_spoiler),
        )
        for number, picture in enumerate(pictures, 1)
        if picture.drawing and isinstance(picture.result, PhotoVerdict)
    ]


async def _judge_all(
    messages: Sequence[Message], earlier: int, predictor: PhotoPredictor, context: Context
) -> list[_Picture]:
    """Judge the pictures in messages that come after a number of earlier ones."""
    # One that comes alone may stay alone: only others are told apart by their numbers.
    are_numbered = earlier + len(messages) > 1
    in_order = sorted(messages, key=lambda message: message.message_id)
    return await asyncio.gather(
        *(
            _judge(message, number if are_numbered else None, predictor, context)
            for number, message in enumerate(in_order, earlier + 1)
        )
    )


async def _judge(
    message: Message, number: int | None, predictor: PhotoPredictor, context: Context
) -> _Picture:
    image = find_image(message)
    if image is None:
        return _Picture(message, None, hint_for(message))
    try:
        verdict = await judge(image, message, message, context, predictor)
        drawing = await draw_faces(image, verdict, context, number)
        # The rest of the album may take a while.
        return _Picture(message, image, verdict.without_photo(), drawing)
    except (ImageError, PhotoRefusedError) as error:
        log_no_verdict(error)
        return _Picture(message, image, image_replies.photo_error(error))
    except Exception as error:
        # The other pictures still get their verdicts.
        text = "A picture of an album could not be judged: %s"
        _log_limit.log(logger, logging.ERROR, type(error).__name__, text, error, exc_info=error)
        return _Picture(message, image, image_replies.photo_error(error))
