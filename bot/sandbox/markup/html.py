"""The HTML parse mode (https://core.telegram.org/bots/api#html-style).

Follows TDLib's `parse_html` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import Built, byte_offset, unparsable

STYLES: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
TAGS: Final = frozenset({*STYLES, "a", "tg-emoji", "pre", "code", "blockquote"})
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[^\s=>]+")
_VALUE: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.\-]+)(?=[\s>])")


@dataclass
class _Tag:
    name: str
    begin: int
    start: int
    characters: int
    attributes: dict[str, str] = field(default_factory=dict)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of Telegram's HTML and its entities.

    Raises:
        Failure: the source does not parse.
    """
    parser = _Parser(source)
    parser.run()
    return parser.built.result()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.built = Built()
        self.open: list[_Tag] = []

    def run(self) -> None:
        while self.at < len(self.source):
            if self.source.startswith("</", self.at):
                self._end_tag()
            elif self.source[self.at] == "<":
                self._start_tag()
            else:
                end = self.source.find("<", self.at)
                end = len(self.source) if end < 0 else end
                self.built.write(_unescaped(self.source[self.at : end]))
                self.at = end
        if self.open:
            name = self.open[-1].name
            raise unparsable(f'Can\'t find end tag corresponding to start tag "{name}"')

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self._word(re.compile(r"[^\s>]*")).lower()
        place = byte_offset(self.source, begin)
        if self.at == len(self.source):
            raise unparsable(f"Unclosed start tag at byte offset {place}")
        if name not in TAGS:
            raise unparsable(f'Unsupported start tag "{name}" at byte offset {place}')
        tag = _Tag(name, begin, self.built.units, len(self.built.text))
        tag.attributes = self._attributes(tag, place)
        if name == "span" and tag.attributes.get("class") != "tg-spoiler":
            raise unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
        self.open.append(tag)

    def _attributes(self, tag: _Tag, place: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._word(_SPACE)
            if self._took(">"):
                return found
            if self.at == len(self.source):
                raise unparsable(f"Unclosed start tag at byte offset {place}")
            where = f'the tag "{tag.name}" at byte offset {place}'
            name = self._word(_NAME)
            if not name:
                raise unparsable(f"Empty attribute name in {where}")
            self._word(_SPACE)
            if not self._took("="):
                if (tag.name, name) != ("blockquote", "expandable"):
                    raise unparsable(
                        f"Expected equal sign in declaration of an attribute of {where}"
                    )
                found[name] = ""
                continue
            self._word(_SPACE)
            found[name] = self._value(place)

    def _value(self, place: int) -> str:
        begin = self.at
        value = _VALUE.match(self.source, self.at)
        if value is None:
            if begin == len(self.source) or self.source[begin] in "\"'":
                raise unparsable(f"Unclosed start tag at byte offset {place}")
            token = byte_offset(self.source, begin)
            raise unparsable(f"Unexpected end of name token at byte offset {token}")
        self.at = value.end()
        return value[3].lower() if value[3] else _unescaped(value[1] or value[2] or "")

    def _end_tag(self) -> None:
        place = byte_offset(self.source, self.at)
        if not self.open:
            raise unparsable(f"Unexpected end tag at byte offset {place}")
        self.at += 2
        name = self._word(re.compile(r"[^\s>]*")).lower()
        self._word(_SPACE)
        if not self._took(">"):
            raise unparsable(f"Unclosed end tag at byte offset {place}")
        tag = self.open.pop()
        if name not in ("", tag.name):
            raise unparsable(
                f'Unmatched end tag at byte offset {place}, expected "</{tag.name}>", '
                f'found "</{name}>"'
            )
        self._add(tag)

    def _add(self, tag: _Tag) -> None:
        built, given = self.built, tag.attributes
        if tag.name in STYLES:
            built.add(STYLES[tag.name], tag.start)
        elif tag.name == "a":
            built.add_link(tag.start, given.get("href") or built.text[tag.characters :])
        elif tag.name == "blockquote":
            kind = "expandable_blockquote" if "expandable" in given else "blockquote"
            built.add(kind, tag.start)
        elif tag.name == "tg-emoji":
            if not re.fullmatch(r"[1-9]\d{0,18}", given.get("emoji-id", "")):
                raise unparsable("Invalid custom emoji identifier specified")
            built.add("custom_emoji", tag.start, custom_emoji_id=given["emoji-id"])
        else:
            self._add_code(tag)

    def _add_code(self, tag: _Tag) -> None:
        """Add <code> or <pre>; <pre><code class="language-x"> is one entity with a language."""
        language = tag.attributes.get("class", "") if tag.name == "code" else ""
        outer = self.open[-1] if self.open else None
        if language.startswith("language-") and outer and outer.name == "pre":
            outer.attributes["language"] = language.removeprefix("language-")
            return
        named = {"language": tag.attributes["language"]} if "language" in tag.attributes else {}
        self.built.add(tag.name, tag.start, **named)

    def _word(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _took(self, character: str) -> bool:
        took = self.source.startswith(character, self.at)
        self.at += took
        return took


def _unescaped(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    if reference[3]:
        return _NAMED[reference[3]]
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return reference.group()
    return chr(code)
