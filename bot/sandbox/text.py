"""Text as Telegram counts it (UTF-16 units), trimmed and with the entities it finds by itself."""

import re
from collections.abc import Iterator
from typing import Final

from bot.sandbox.cast import Json

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024

_FOUND: Final = (
    ("url", re.compile(r"(?<![\w@/])(?:https?://|www\.|t\.me/)[^\s<>\"']+[^\s<>\"'.,:;!?)\]]")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#&])#\w*[^\W\d_]\w*")),
)
_OPAQUE: Final = frozenset({"code", "pre", "text_link", "text_mention"})


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def part(text: str, entity: Json) -> str:
    """Return the piece of `text` that an entity covers."""
    coded = text.encode("utf-16-le", "surrogatepass")
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return coded[2 * start : 2 * end].decode("utf-16-le", "replace")


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Return `text` without the white space around it, and its entities moved along."""
    lead = units(text) - units(text.lstrip())
    text = text.strip()
    total = units(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, total)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


def with_found(text: str, entities: list[Json]) -> list[Json]:
    """Return `entities` and those found in the text, in the order Telegram gives them."""
    taken = [entity for entity in entities if entity["type"] in _OPAQUE]
    found: list[Json] = []
    for entity in _find(text):
        if not any(_overlap(entity, other) for other in (*taken, *found)):
            found.append(entity)
    return sorted([*entities, *found], key=lambda entity: (entity["offset"], -entity["length"]))


def commands(text: str, entities: list[Json]) -> Iterator[str]:
    """Yield the bot commands in a text, e.g. "/mood@photo_mood_sandbox_bot"."""
    return (part(text, entity) for entity in entities if entity["type"] == "bot_command")


def mentions(text: str, entities: list[Json]) -> Iterator[str]:
    """Yield the user names mentioned in a text, with their @."""
    return (part(text, entity) for entity in entities if entity["type"] == "mention")


def _find(text: str) -> Iterator[Json]:
    for kind, pattern in _FOUND:
        for match in pattern.finditer(text):
            yield {
                "type": kind,
                "offset": units(text[: match.start()]),
                "length": units(match.group()),
            }


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
