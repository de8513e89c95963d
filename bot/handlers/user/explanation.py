"""The button that asks why: a picture of what spoke for an answer, and what against it."""

import logging
import time

from telegram import CallbackQuery, ReplyParameters, Update
from telegram.error import BadRequest

from bot.context import Context
from bot.errors import QueueFullError, StorageError, TapRefusedError, UnknownButtonError
from bot.handlers.common.callback_queries import acknowledge, refuse
from bot.keyboards.corrections import CorrectionButton, read, title
from bot.replies import explanation as why_replies
from bot.storage import corrections, crops
from bot.storage.corrections import Tap
from bot.storage.crops import Crop

logger = logging.getLogger(__name__)


async def why(update: Update, context: Context) -> None:
    """Explain an answer to who may correct it; soon after, a second tap is only acknowledged."""
    query = update.callback_query
    if query is None:
        return
    try:
        press = read(query.data or "")
        which, crop = await _asked_about(press, query, context)
    except (TapRefusedError, StorageError) as error:
        await refuse(query, error, why_replies.refusal(error))
        return
    explained, face = context.services.explained, (press.answer_id, press.number)
    if face in explained:
        await acknowledge(query, why_replies.shown_already())
        return
    explained[face] = None
    # Now, not when the model's turn has come: Telegram does not wait long.
    await acknowledge(query)
    try:
        await _show(query, which, crop, context)
    except QueueFullError:
        explained.pop(face, None)
        await _reply(query, None, why_replies.busy(), context)
    except BaseException:
        explained.pop(face, None)
        raise


async def _asked_about(
    press: CorrectionButton, query: CallbackQuery, context: Context
) -> tuple[str, Crop]:
    """What the face is called among the others of its answer, and its crop."""
    services, user = context.services, query.from_user
    asked = Tap(query.id, user.id, context.is_admin(user), press.answer_id, int(time.time()))
    answer = await corrections.look_up(services.database, asked)
    face = corrections.face_of(answer, press.number)
    if any(picture.whole_picture and face in picture.faces for picture in answer.photos):
        raise UnknownButtonError("a picture judged as a whole has no crop")
    corrections.refuse_late(face, asked)
    return title(answer, press.number), await crops.load(services.database, face.id)


async def _show(query: CallbackQuery, which: str, crop: Crop, context: Context) -> None:
    inference = context.services.inference
    async with inference.slot():
        shown = await inference.explain(crop.png)
    learned = shown.model_version != crop.model_version
    caption = why_replies.explanation(shown, which, learned)
    try:
        await _reply(query, shown.picture, caption, context)
    except BadRequest as error:
        logger.info("The picture could not be sent: %s", error)
        await _reply(query, None, why_replies.not_allowed(), context)


async def _reply(query: CallbackQuery, picture: bytes | None, text: str, context: Context) -> None:
    message = query.message
    if message is None:
        return
    to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    if picture is None:
        await context.bot.send_message(message.chat.id, text, reply_parameters=to)
    else:
        await context.bot.send_photo(message.chat.id, picture, caption=text, reply_parameters=to)
