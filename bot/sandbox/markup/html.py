"""The HTML parse mode (https://core.telegram.org/bots/api#html-style).

Follows TDLib's `parse_html` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re
from dataclasses import dataclass, field

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import EntityBuilder, byte_offset, parse_error

STYLES = {
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
TAGS = frozenset({*STYLES, "a", "tg-emoji", "pre", "code", "blockquote"})
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[^\s=>]+")
_VALUE = re.compile(r"\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.\-]+)(?=[\s>])")


@dataclass
class _Tag:
    name: str
    entity_start: int  # in UTF-16 units of the plain text
    text_start: int  # in characters of the plain text
    attributes: dict[str, str] = field(default_factory=dict)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of Telegram's HTML and its entities.

    Raises:
        BotApiError: the source does not parse.
    """
    parser = _HtmlParser(source)
    parser.run()
    return parser.builder.result()


class _HtmlParser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.builder = EntityBuilder()
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
                self.builder.write(_unescape(self.source[self.at : end]))
                self.at = end
        if self.open:
            name = self.open[-1].name
            raise parse_error(f'Can\'t find end tag corresponding to start tag "{name}"')

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        name = self._match(re.compile(r"[^\s>]*")).lower()
        offset = byte_offset(self.source, begin)
        if self.at == len(self.source):
            raise parse_error(f"Unclosed start tag at byte offset {offset}")
        if name not in TAGS:
            raise parse_error(f'Unsupported start tag "{name}" at byte offset {offset}')
        tag = _Tag(name, self.builder.utf16_length, len(self.builder.text))
        tag.attributes = self._attributes(tag, offset)
        if name == "span" and tag.attributes.get("class") != "tg-spoiler":
            raise parse_error(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
        self.open.append(tag)

    def _attributes(self, tag: _Tag, offset: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self._match(_SPACE)
            if self._skip(">"):
                return found
            if self.at == len(self.source):
                raise parse_error(f"Unclosed start tag at byte offset {offset}")
            location = f'the tag "{tag.name}" at byte offset {offset}'
            name = self._match(_NAME)
            if not name:
                raise parse_error(f"Empty attribute name in {location}")
            self._match(_SPACE)
            if not self._skip("="):
                if (tag.name, name) != ("blockquote", "expandable"):
                    raise parse_error(
                        f"Expected equal sign in declaration of an attribute of {location}"
                    )
                found[name] = ""
                continue
            self._match(_SPACE)
            found[name] = self._value(offset)

    def _value(self, offset: int) -> str:
        begin = self.at
        value = _VALUE.match(self.source, self.at)
        if value is None:
            if begin == len(self.source) or self.source[begin] in "\"'":
                raise parse_error(f"Unclosed start tag at byte offset {offset}")
            token = byte_offset(self.source, begin)
            raise parse_error(f"Unexpected end of name token at byte offset {token}")
        self.at = value.end()
        return value[3].lower() if value[3] else _unescape(value[1] or value[2] or "")

    def _end_tag(self) -> None:
        offset = byte_offset(self.source, self.at)
        if not self.open:
            raise parse_error(f"Unexpected end tag at byte offset {offset}")
        self.at += 2
        name = self._match(re.compile(r"[^\s>]*")).lower()
        self._match(_SPACE)
        if not self._skip(">"):
            raise parse_error(f"Unclosed end tag at byte offset {offset}")
        tag = self.open.pop()
        if name not in ("", tag.name):
            raise parse_error(
                f'Unmatched end tag at byte offset {offset}, expected "</{tag.name}>", '
                f'found "</{name}>"'
            )
        self._add(tag)

    def _add(self, tag: _Tag) -> None:
        builder, attributes, start = self.builder, tag.attributes, tag.entity_start
        if tag.name in STYLES:
            builder.add(STYLES[tag.name], start)
        elif tag.name == "a":
            builder.add_link(start, attributes.get("href") or builder.text[tag.text_start :])
        elif tag.name == "blockquote":
            kind = "expandable_blockquote" if "expandable" in attributes else "blockquote"
            builder.add(kind, start)
        elif tag.name == "tg-emoji":
            if not re.fullmatch(r"[1-9]\d{0,18}", attributes.get("emoji-id", "")):
                raise parse_error("Invalid custom emoji identifier specified")
            builder.add("custom_emoji", start, custom_emoji_id=attributes["emoji-id"])
        else:
            self._add_code(tag)

    def _add_code(self, tag: _Tag) -> None:
        """Add <code> or <pre>; <pre><code class="language-x"> becomes one entity."""
        language = tag.attributes.get("class", "") if tag.name == "code" else ""
        outer = self.open[-1] if self.open else None
        if language.startswith("language-") and outer and outer.name == "pre":
            outer.attributes["language"] = language.removeprefix("language-")
            return
        named = {"language": tag.attributes["language"]} if "language" in tag.attributes else {}
        self.builder.add(tag.name, tag.entity_start, **named)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def _skip(self, character: str) -> bool:
        skipped = self.source.startswith(character, self.at)
        self.at += skipped
        return skipped


def _unescape(text: str) -> str:
    return _REFERENCE.sub(_referenced_character, text)


def _referenced_character(reference: re.Match[str]) -> str:
    if reference[3]:
        return _NAMED[reference[3]]
    code = int(reference[1]) if reference[1] else int(reference[2], 16)
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return reference.group()
    return chr(code)
