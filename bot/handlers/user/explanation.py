"""The "Why?" button: a picture of what spoke for and against a verdict."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from telegram import CallbackQuery, Message, ReplyParameters, Update
from telegram.error import Forbidden, NetworkError

from bot.context import Context
from bot.errors import DownloadError, QueueFullError, StorageError, TapRefusedError
from bot.handlers.common.callback_queries import acknowledge, refuse, send_reply
from bot.keyboards.corrections import CorrectionButton, face_name, parse
from bot.replies import explanation as why_replies
from bot.services.attachments import find_image
from bot.storage import corrections
from bot.storage.answers import StoredPhoto
from bot.storage.corrections import Tap
from bot.storage.crops import Crop
from bot.transport.refusals import allows_text, is_refusal
from bot.transport.topics import topic_id
from model.errors import ImageTimeoutError
from model.prediction.results import FaceInPhoto

logger = logging.getLogger(__name__)


async def why(update: Update, context: Context) -> None:
    """Explain a verdict to a user who may correct it; repeated taps are only acknowledged."""
    query = update.callback_query
    if query is None:
        return
    try:
        button = parse(query.data or "")
        name, photo, crop = await _find_face(button, query, context)
    except (TapRefusedError, StorageError) as error:
        await refuse(query, error, why_replies.refusal(error))
        return
    explained, face = context.services.explained, (button.answer, button.index)
    if face in explained:
        await acknowledge(query, why_replies.shown_already())
        return
    explained[face] = None
    # Not after the explanation, which may have to wait: Telegram's time limit is short.
    await acknowledge(query)
    try:
        if not await _send_explanation(query, name, photo, crop, context):
            explained.pop(face, None)
    except (QueueFullError, ImageTimeoutError):
        explained.pop(face, None)
        await send_reply(query, why_replies.busy(), context)
    except BaseException:
        explained.pop(face, None)
        raise


async def _find_face(
    button: CorrectionButton, query: CallbackQuery, context: Context
) -> tuple[str, StoredPhoto, Crop]:
    """Return what the face is called in its answer, the photo that it is in, and its crop."""
    services, user = context.services, query.from_user
    tap = Tap(query.id, user.id, context.is_admin(user), button.answer, int(time.time()))
    answer, crop = await corrections.load_tapped_crop(services.database, tap, button.index)
    return face_name(answer, button.index), answer.photo_with_face(button.index), crop


async def _send_explanation(
    query: CallbackQuery, name: str, photo: StoredPhoto, crop: Crop, context: Context
) -> bool:
    """Send the picture, or a text that says why not; return False if another tap may help."""
    inference, person = context.services.inference, query.from_user.id
    with inference.admit(person):
        async with _photo(query, crop, context) as data:
            place = FaceInPhoto(data, crop.box) if data else None
            explanation = await inference.explain(crop.png, person, place)
    is_newer = explanation.model_version != crop.model_version
    caption = why_replies.explanation(explanation, name, is_newer)
    try:
        await _reply(query, explanation.heat_map, caption, photo, context)
    except (NetworkError, Forbidden) as error:
        if not allows_text(error):
            raise
        logger.info("The picture could not be sent: %s", error)
        allowed = not is_refusal(error)
        text = why_replies.not_sent() if allowed else why_replies.not_allowed()
        await send_reply(query, text, context)
        return not allowed
    return True


@asynccontextmanager
async def _photo(query: CallbackQuery, crop: Crop, context: Context) -> AsyncIterator[bytes | None]:
    """Download the photo that a crop was made from once more, if the answer replies to it.

    Telegram adds to a tapped message the one that it replies to, unless one of them was deleted or
    is too old (https://core.telegram.org/bots/api#inaccessiblemessage).
    """
    answer = query.message
    question = answer.reply_to_message if isinstance(answer, Message) else None
    image = find_image(question) if question else None
    async with AsyncExitStack() as stack:
        data = None
        # Of a video, the frame would have to be found again.
        if image and not image.is_video and image.file_unique_id == crop.file_unique_id:
            download = context.services.downloads.download(image, query.from_user.id)
            try:
                data = await stack.enter_async_context(download)
            except DownloadError as error:
                logger.info("The stored crop is explained, the photo did not come: %s", error)
        yield data


async def _reply(
    query: CallbackQuery, picture: bytes, caption: str, photo: StoredPhoto, context: Context
) -> None:
    """Send a picture of a face, covered and protected like the photo that the face is in."""
    message = query.message
    if message is None:
        return
    await context.bot.send_photo(
        message.chat.id,
        picture,
        caption=caption,
        message_thread_id=topic_id(message),
        reply_parameters=ReplyParameters(message.message_id, allow_sending_without_reply=True),
        has_spoiler=photo.has_spoiler,
        protect_content=photo.is_protected,
    )
