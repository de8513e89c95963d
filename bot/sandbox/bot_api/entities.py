"""Entities that the bot passes instead of a parse mode.

https://core.telegram.org/bots/api#messageentity
"""

from typing import Any

from bot.sandbox.cast import USERS, Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup.builder import normalized_url
from bot.sandbox.text import utf16_length

STYLES = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "code",
        "pre",
        "blockquote",
        "expandable_blockquote",
    }
)
# Telegram detects these itself and ignores those that the bot passes.
DETECTED = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
)
REQUIRED_FIELD = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}


def checked_entities(entities: list[Any], text: str) -> list[Json]:
    """Return those of the entities passed for `text` that Telegram keeps.

    Raises:
        BotApiError: one has an unknown type, lies outside the text or lacks a required field.
    """
    checked = [_checked(entity, utf16_length(text)) for entity in entities]
    return [entity for entity in checked if entity["type"] not in DETECTED and entity["length"]]


def _checked(entity: Any, total: int) -> Json:
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: MessageEntity must be an Object")
    kind = entity.get("type")
    if not isinstance(kind, str) or kind not in STYLES | DETECTED | set(REQUIRED_FIELD):
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, length = (_non_negative_integer(entity, name) for name in ("offset", "length"))
    if offset > total:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if offset + length > total:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
            f"at UTF-16 offset {offset + length}"
        )
    kept = {"type": kind, "offset": offset, "length": length}
    if kind == "pre" and entity.get("language"):
        kept["language"] = str(entity["language"])
    return kept | _required_field(entity, kind)


def _non_negative_integer(entity: Json, name: str) -> int:
    number = entity.get(name)
    if not isinstance(number, int):
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if number < 0:
        raise bad_request(f"receive an entity with incorrect {name} {number}")
    return number


def _required_field(entity: Json, kind: str) -> Json:
    name = REQUIRED_FIELD.get(kind)
    if name is None:
        return {}
    if name not in entity:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if name == "url":
        link = normalized_url(str(entity["url"]))
        if not link:
            raise bad_request(f"entity URL '{entity['url']}' is invalid: Wrong HTTP URL")
        return {"url": link}
    if name == "user":
        given = entity["user"]
        user_id = given.get("id") if isinstance(given, dict) else None
        if not isinstance(user_id, int) or user_id not in USERS:
            raise bad_request("user not found")
        return {"user": USERS[user_id]}
    return {name: str(entity[name])}
