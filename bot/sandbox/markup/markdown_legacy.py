"""The legacy Markdown parse mode (https://core.telegram.org/bots/api#markdown-style).

Follows TDLib's `parse_markdown` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import Built, byte_offset, unparsable

ESCAPABLE: Final = "_*`["
ENDS: Final = {"_": "_", "*": "*", "`": "`", "```": "```", "[": "]"}
STYLES: Final = {"_": "italic", "*": "bold", "`": "code"}
_FIRST_LINE: Final = re.compile(r"([^\s`]+(?=\s))?(?:\r\n|\n\r|\n|\r)?")
_ADDRESS: Final = re.compile(r"\(([^)]*)\)?")


def parse_old_markdown(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of legacy Markdown and its entities.

    Raises:
        Failure: an entity has no end.
    """
    built = Built()
    at = 0
    while at < len(source):
        if source[at] == "\\" and source[at + 1 : at + 2] in tuple(ESCAPABLE):
            built.write(source[at + 1])
            at += 2
        elif source[at] in ESCAPABLE:
            at = _entity(source, at, built)
        else:
            built.write(source[at])
            at += 1
    return built.result()


def _entity(source: str, begin: int, built: Built) -> int:
    """Write the entity that begins at `begin`; return where the text goes on."""
    mark = "```" if source.startswith("```", begin) else source[begin]
    at, language = begin + len(mark), ""
    if mark == "```" and (first := _FIRST_LINE.match(source, at)):
        at, language = first.end(), first[1] or ""
    end = source.find(ENDS[mark], at)
    if end < 0:
        place = byte_offset(source, begin)
        raise unparsable(f"Can't find end of the entity starting at byte offset {place}")
    start = built.units
    built.write(source[at:end])
    after = end + len(ENDS[mark])
    if mark == "[":
        address = _ADDRESS.match(source, after)
        built.add_link(start, address[1] if address else source[at:end])
        return address.end() if address else after
    if mark == "```":
        built.add("pre", start, **({"language": language} if language else {}))
    else:
        built.add(STYLES[mark], start)
    return after
