"""Sends answers as replies to the photos that they are about.

The pictures in an answer have spoilers where the photos have them, and what comes from protected
content is protected: https://core.telegram.org/bots/api#message.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from telegram import InlineKeyboardMarkup, InputMediaPhoto, Message, ReplyParameters

from bot.context import Context
from bot.transport.pictures import send_picture_or_text, send_pictures
from bot.transport.topics import topic_id


@dataclass(frozen=True, slots=True)
class Drawing:
    """A photo with boxes around its faces, which is sent with others as an album."""

    jpeg: bytes = field(repr=False)
    caption: str
    has_spoiler: bool


async def reply(
    message: Message, text: str, buttons: InlineKeyboardMarkup | None = None, protect: bool = False
) -> None:
    """Send a text as a reply to a message.

    Args:
        message: the message.
        text: the text.
        buttons: what is shown below it.
        protect: whether to protect the text even if the message is not protected.
    """
    await message.reply_text(
        text,
        reply_parameters=_reply_to(message),
        reply_markup=buttons,
        protect_content=protect or message.has_protected_content,
    )


async def reply_with_drawing(
    message: Message,
    drawing: bytes,
    caption: str,
    buttons: InlineKeyboardMarkup | None,
) -> None:
    """Send a drawing as a reply to a photo; the caption alone where no picture can be sent."""
    await send_picture_or_text(
        lambda: message.reply_photo(
            drawing,
            caption=caption,
            reply_parameters=_reply_to(message),
            reply_markup=buttons,
            has_spoiler=message.has_media_spoiler,
            protect_content=message.has_protected_content,
        ),
        lambda: reply(message, caption, buttons),
    )


async def reply_with_drawings(
    message: Message, drawings: Sequence[Drawing], protect: bool, context: Context
) -> None:
    """Send drawings as a reply to the first message of an album, if pictures can be sent.

    Args:
        message: the first message of the album.
        drawings: one to ten.
        protect: whether one of the album's messages is protected.
        context: the context of the album.
    """
    await context.services.chat_action.uploading(message.chat_id, topic_id(message))
    to, first = _reply_to(message), drawings[0]
    if len(drawings) == 1:  # an album has at least two
        await send_pictures(
            lambda: message.reply_photo(
                first.jpeg,
                caption=first.caption,
                reply_parameters=to,
                has_spoiler=first.has_spoiler,
                protect_content=protect,
            )
        )
        return
    album = [
        InputMediaPhoto(drawing.jpeg, caption=drawing.caption, has_spoiler=drawing.has_spoiler)
        for drawing in drawings
    ]
    await send_pictures(
        lambda: message.reply_media_group(album, reply_parameters=to, protect_content=protect)
    )


def _reply_to(message: Message) -> ReplyParameters:
    # The sender may have deleted the photo meanwhile.
    return ReplyParameters(message.message_id, allow_sending_without_reply=True)
