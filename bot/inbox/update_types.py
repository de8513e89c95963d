"""Checks the types of what an update contains.

python-telegram-bot does not: a text that is a number, say, only fails in whatever uses it. Checked
are the fields that the bot, and the library on its way to a handler, look into. Their types are
those of https://core.telegram.org/bots/api#available-types.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_INTEGER = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # as the database's


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _User(_Strict):
    id: _INTEGER
    language_code: str | None = None


class _Chat(_Strict):
    id: _INTEGER
    type: str


class _Entity(_Strict):
    type: str
    offset: _INTEGER
    length: _INTEGER
    user: _User | None = None


class _File(_Strict):
    file_id: str
    file_unique_id: str
    file_size: _INTEGER | None = None
    mime_type: str | None = None
    file_name: str | None = None


class _PhotoSize(_File):
    width: _INTEGER
    height: _INTEGER


class _ExternalReply(_Strict):
    photo: list[_PhotoSize] | None = None
    document: _File | None = None


class _Message(_Strict):
    message_id: _INTEGER
    message_thread_id: _INTEGER | None = None
    is_topic_message: bool | None = None
    from_user: _User | None = Field(default=None, alias="from")
    sender_chat: _Chat | None = None
    chat: _Chat
    date: _INTEGER
    media_group_id: str | None = None
    text: str | None = None
    entities: list[_Entity] | None = None
    caption: str | None = None
    caption_entities: list[_Entity] | None = None
    photo: list[_PhotoSize] | None = None
    document: _File | None = None
    reply_to_message: "_Message | None" = None
    external_reply: _ExternalReply | None = None


class _CallbackQuery(_Strict):
    id: str
    from_user: _User = Field(alias="from")
    message: _Message | None = None
    data: str | None = None
    game_short_name: str | None = None


class _ChatMember(_Strict):
    user: _User
    status: str
    is_member: bool | None = None


class _ChatMemberUpdated(_Strict):
    chat: _Chat
    from_user: _User = Field(alias="from")
    date: _INTEGER
    old_chat_member: _ChatMember
    new_chat_member: _ChatMember


class _Update(_Strict):
    message: _Message | None = None
    callback_query: _CallbackQuery | None = None
    my_chat_member: _ChatMemberUpdated | None = None


def check_types(content: Mapping[str, Any]) -> None:
    """Check an update as it came, as JSON.

    Raises:
        pydantic.ValidationError: a field has another type. The text of the error quotes the update.
    """
    _Update.model_validate(content)
