"""The legacy Markdown parse mode (https://core.telegram.org/bots/api#markdown-style).

Follows TDLib's `parse_markdown` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import EntityBuilder, byte_offset, parse_error

ESCAPABLE = "_*`["
ENDS = {"_": "_", "*": "*", "`": "`", "```": "```", "[": "]"}
STYLES = {"_": "italic", "*": "bold", "`": "code"}
_FIRST_LINE = re.compile(r"([^\s`]+(?=\s))?(?:\r\n|\n\r|\n|\r)?")
_ADDRESS = re.compile(r"\(([^)]*)\)?")


def parse_legacy_markdown(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of legacy Markdown and its entities.

    Raises:
        BotApiError: an entity has no end.
    """
    builder = EntityBuilder()
    at = 0
    while at < len(source):
        if source[at] == "\\" and source[at + 1 : at + 2] in tuple(ESCAPABLE):
            builder.write(source[at + 1])
            at += 2
        elif source[at] in ESCAPABLE:
            at = _entity(source, at, builder)
        else:
            builder.write(source[at])
            at += 1
    return builder.result()


def _entity(source: str, begin: int, builder: EntityBuilder) -> int:
    """Write the entity that begins at `begin`; return where the text continues."""
    mark = "```" if source.startswith("```", begin) else source[begin]
    at, language = begin + len(mark), ""
    if mark == "```" and (first := _FIRST_LINE.match(source, at)):
        at, language = first.end(), first[1] or ""
    end = source.find(ENDS[mark], at)
    if end < 0:
        offset = byte_offset(source, begin)
        raise parse_error(f"Can't find end of the entity starting at byte offset {offset}")
    start = builder.utf16_length
    builder.write(source[at:end])
    after = end + len(ENDS[mark])
    if mark == "[":
        address = _ADDRESS.match(source, after)
        builder.add_link(start, address[1] if address else source[at:end])
        return address.end() if address else after
    if mark == "```":
        builder.add("pre", start, **({"language": language} if language else {}))
    else:
        builder.add(STYLES[mark], start)
    return after
