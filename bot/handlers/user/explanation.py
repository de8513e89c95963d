"""The "Why?" button: a picture of what spoke for and against a verdict."""

import logging
import time

from telegram import CallbackQuery, ReplyParameters, Update
from telegram.error import Forbidden, NetworkError

from bot.context import Context
from bot.errors import QueueFullError, StorageError, TapRefusedError, UnknownButtonError
from bot.handlers.common.callback_queries import acknowledge, refuse
from bot.keyboards.corrections import CorrectionButton, face_name, parse
from bot.replies import explanation as why_replies
from bot.storage import corrections, crops
from bot.storage.corrections import Tap
from bot.storage.crops import Crop
from bot.transport.refusals import allows_text, is_refusal
from model.errors import ImageTimeoutError

logger = logging.getLogger(__name__)


async def why(update: Update, context: Context) -> None:
    """Explain a verdict to a user who may correct it; repeated taps are only acknowledged."""
    query = update.callback_query
    if query is None:
        return
    try:
        button = parse(query.data or "")
        name, crop = await _find_face(button, query, context)
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
        if not await _send_explanation(query, name, crop, context):
            explained.pop(face, None)
    except (QueueFullError, ImageTimeoutError):
        explained.pop(face, None)
        await _reply(query, None, why_replies.busy(), context)
    except BaseException:
        explained.pop(face, None)
        raise


async def _find_face(
    button: CorrectionButton, query: CallbackQuery, context: Context
) -> tuple[str, Crop]:
    """Return what the face is called in its answer, and its crop."""
    services, user = context.services, query.from_user
    tap = Tap(query.id, user.id, context.is_admin(user), button.answer, int(time.time()))
    answer = await corrections.load_tapped(services.database, tap)
    face = answer.face(button.index)
    if any(photo.whole_picture and face in photo.faces for photo in answer.photos):
        raise UnknownButtonError("a picture judged as a whole has no crop")
    corrections.refuse_if_expired(face, tap.now)
    return face_name(answer, button.index), await crops.load(services.database, face.id)


async def _send_explanation(query: CallbackQuery, name: str, crop: Crop, context: Context) -> bool:
    """Send the picture, or a text that says why not; return False if another tap may help."""
    inference, person = context.services.inference, query.from_user.id
    with inference.admit(person):
        explanation = await inference.explain(crop.png, person)
    is_newer = explanation.model_version != crop.model_version
    caption = why_replies.explanation(explanation, name, is_newer)
    try:
        await _reply(query, explanation.heat_map, caption, context)
    except (NetworkError, Forbidden) as error:
        if not allows_text(error):
            raise
        logger.info("The picture could not be sent: %s", error)
        allowed = not is_refusal(error)
        text = why_replies.not_sent() if allowed else why_replies.not_allowed()
        await _reply(query, None, text, context)
        return not allowed
    return True


async def _reply(query: CallbackQuery, picture: bytes | None, text: str, context: Context) -> None:
    message = query.message
    if message is None:
        return
    to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    if picture is None:
        await context.bot.send_message(message.chat.id, text, reply_parameters=to)
    else:
        await context.bot.send_photo(message.chat.id, picture, caption=text, reply_parameters=to)
