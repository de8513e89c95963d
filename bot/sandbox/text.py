"""Text as Telegram handles it: lengths in UTF-16 units, trimming, automatic entities."""

import re
from collections.abc import Iterator

from bot.sandbox.cast import Json

MAX_TEXT_LENGTH = 4096
MAX_CAPTION_LENGTH = 1024

_DETECTED = (
    ("url", re.compile(r"(?<![\w@/])(?:https?://|www\.|t\.me/)[^\s<>\"']+[^\s<>\"'.,:;!?)\]]")),
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "bot_command",
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])"),
    ),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#&])#\w*[^\W\d_]\w*")),
)
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention"})
"""Entities inside which Telegram detects no others."""


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, the unit of Telegram's limits."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def entity_text(text: str, entity: Json) -> str:
    encoded = text.encode("utf-16-le", "surrogatepass")
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return encoded[2 * start : 2 * end].decode("utf-16-le", "replace")


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Return `text` without leading and trailing white space, and its entities shifted to match."""
    lead = utf16_length(text) - utf16_length(text.lstrip())
    text = text.strip()
    total = utf16_length(text)
    kept = []
    for entity in entities:
        start = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, total)
        if start < end:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, kept


def add_detected_entities(text: str, entities: list[Json]) -> list[Json]:
    """Return `entities` and those Telegram detects in the text, in Telegram's order."""
    taken = [entity for entity in entities if entity["type"] in _OPAQUE]
    found: list[Json] = []
    for entity in _detect(text):
        if not any(_overlap(entity, other) for other in (*taken, *found)):
            found.append(entity)
    return sorted([*entities, *found], key=lambda entity: (entity["offset"], -entity["length"]))


def _detect(text: str) -> Iterator[Json]:
    for kind, pattern in _DETECTED:
        for match in pattern.finditer(text):
            yield {
                "type": kind,
                "offset": utf16_length(text[: match.start()]),
                "length": utf16_length(match.group()),
            }


def _overlap(one: Json, other: Json) -> bool:
    return bool(
        one["offset"] < other["offset"] + other["length"]
        and other["offset"] < one["offset"] + one["length"]
    )
