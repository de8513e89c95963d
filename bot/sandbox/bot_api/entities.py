"""Entities that the bot gives itself instead of a parse mode.

https://core.telegram.org/bots/api#messageentity
"""

from typing import Any, Final

from bot.sandbox.cast import USERS, Json
from bot.sandbox.errors import bad_request
from bot.sandbox.markup.builder import checked_link
from bot.sandbox.text import units

STYLES: Final = frozenset(
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
# Telegram finds these by itself and takes no notice of what the bot says about them.
FOUND: Final = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}
)
NEEDED: Final = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}


def given_entities(rows: list[Any], text: str) -> list[Json]:
    """Return the entities that Telegram keeps of those given for `text`.

    Raises:
        Failure: one of an unknown type, outside the text, or without what its type needs.
    """
    checked = [_checked(entity, units(text)) for entity in rows]
    return [entity for entity in checked if entity["type"] not in FOUND and entity["length"]]


def _checked(entity: Any, total: int) -> Json:
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: MessageEntity must be an Object")
    kind = entity.get("type")
    if not isinstance(kind, str) or kind not in STYLES | FOUND | set(NEEDED):
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, length = (_number(entity, name) for name in ("offset", "length"))
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
    return kept | _needed(entity, kind)


def _number(entity: Json, name: str) -> int:
    number = entity.get(name)
    if not isinstance(number, int):
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if number < 0:
        raise bad_request(f"receive an entity with incorrect {name} {number}")
    return number


def _needed(entity: Json, kind: str) -> Json:
    name = NEEDED.get(kind)
    if name is None:
        return {}
    if name not in entity:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
    if name == "url":
        link = checked_link(str(entity["url"]))
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
