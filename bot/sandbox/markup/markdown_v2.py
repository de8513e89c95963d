"""The MarkdownV2 parse mode (https://core.telegram.org/bots/api#markdownv2-style).

Follows TDLib's `parse_markdown_v2` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re
from dataclasses import dataclass

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import EntityBuilder, byte_offset, parse_error

RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
OPENING = {
    "```": "pre",
    "`": "code",
    "__": "underline",
    "_": "italic",
    "*": "bold",
    "~": "strikethrough",
    "||": "spoiler",
    "![": "custom_emoji",
    "[": "text_link",
}
CLOSING = {kind: mark for mark, kind in OPENING.items()} | {
    "custom_emoji": "]",
    "text_link": "]",
}
NAMES = {"text_link": "TextUrl", "custom_emoji": "CustomEmoji", "blockquote": "BlockQuote"}
_EMOJI_LINK = re.compile(r"tg://emoji/?\?id=([1-9]\d{0,18})")


@dataclass
class _OpenEntity:
    kind: str
    begin: int  # in characters of the source
    start: int  # in UTF-16 units of the plain text
    text_start: int  # in characters of the plain text
    language: str = ""


def parse_markdown_v2(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of MarkdownV2 and its entities.

    Raises:
        BotApiError: the source does not parse.
    """
    parser = _MarkdownV2Parser(source)
    parser.run()
    return parser.builder.result()


class _MarkdownV2Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.builder = EntityBuilder()
        self.open: list[_OpenEntity] = []
        self.in_quotation = False

    def run(self) -> None:
        while self.at < len(self.source):
            character = self.source[self.at]
            if self._is_escape():
                self.builder.write(self.source[self.at + 1])
                self.at += 2
            elif character not in ("`" if self._in_code() else RESERVED):
                self.builder.write(character)
                self.at += 1
            elif self._is_at_end_of_entity():
                self._end_entity()
            else:
                self._begin_entity(character)
        if self.in_quotation and self.open and self.open[-1].kind == "blockquote":
            self.builder.add("blockquote", self.open.pop().start)
        if self.open:
            raise self._unclosed(self.open[-1])

    def _is_escape(self) -> bool:
        following = self.source[self.at + 1 : self.at + 2]
        return self.source[self.at] == "\\" and "\0" < following <= "~"

    def _in_code(self) -> bool:
        return bool(self.open) and self.open[-1].kind in ("code", "pre")

    def _is_at(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def _is_at_end_of_entity(self) -> bool:
        if not self.open:
            return False
        if self.in_quotation and self._is_at("\n") and not self._is_at("\n>"):
            return True
        kind = self.open[-1].kind
        if kind == "italic":
            return self._is_at("_") and not self._is_at("__")
        return kind != "blockquote" and self._is_at(CLOSING[kind])

    def _begin_entity(self, character: str) -> None:
        if character == "\n":
            self.builder.write("\n")
            self.at += 1
            if self._is_at(">"):
                self._begin_quoted_line()
        elif character == ">" and self.at == 0:
            self._begin_quoted_line()
        else:
            self._begin_marked_entity(character)

    def _begin_quoted_line(self) -> None:
        """Skip the ">" of a line; the first of several lines begins a quotation."""
        if not self.in_quotation:
            self._push("blockquote")
            self.in_quotation = True
        self.at += 1

    def _begin_marked_entity(self, character: str) -> None:
        mark = next((mark for mark in OPENING if self._is_at(mark)), None)
        if mark is None:
            raise parse_error(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        entity = self._push(OPENING[mark])
        self.at += len(mark)
        if entity.kind == "pre":
            entity.language = self._language()

    def _push(self, kind: str) -> _OpenEntity:
        builder = self.builder
        entity = _OpenEntity(kind, self.at, builder.utf16_length, len(builder.text))
        self.open.append(entity)
        return entity

    def _language(self) -> str:
        """Skip the first line of a code block and return its language."""
        found = re.compile(r"([^\s`]*)(?=\s)").match(self.source, self.at)
        language = found[1] if found else ""
        self.at += len(language)
        newline = re.compile(r"\r\n|\n\r|\n|\r").match(self.source, self.at)
        self.at = newline.end() if newline else self.at
        return language

    def _end_entity(self) -> None:
        entity = self.open.pop()
        if entity.kind == "blockquote":
            self._end_quotation(entity)
            return
        if self._is_at("\n"):
            raise self._unclosed(entity)
        self.at += len(CLOSING[entity.kind])
        if entity.kind == "text_link":
            self._add_link(entity)
        elif entity.kind == "custom_emoji":
            self._add_emoji(entity)
        elif entity.language:
            self.builder.add("pre", entity.start, language=entity.language)
        else:
            self.builder.add(entity.kind, entity.start)

    def _end_quotation(self, entity: _OpenEntity) -> None:
        self.in_quotation = False
        self.builder.write("\n")
        self.at += 1
        self.builder.add("blockquote", entity.start)

    def _add_link(self, entity: _OpenEntity) -> None:
        visible_text = self.builder.text[entity.text_start :]
        url = self._address("a URL") if self._is_at("(") else visible_text
        self.builder.add_link(entity.start, url)

    def _add_emoji(self, entity: _OpenEntity) -> None:
        if not self._is_at("("):
            raise parse_error("Custom emoji entity must contain a tg://emoji URL")
        found = _EMOJI_LINK.fullmatch(self._address("a custom emoji URL"))
        if not found:
            raise parse_error("Custom emoji URL must have an emoji identifier")
        self.builder.add("custom_emoji", entity.start, custom_emoji_id=found[1])

    def _address(self, what: str) -> str:
        """Skip "(address)" and return the address."""
        self.at += 1
        found = re.compile(r"((?:\\[\x01-~]|[^)])*)\)").match(self.source, self.at)
        if not found:
            offset = byte_offset(self.source, self.at)
            raise parse_error(f"Can't find end of {what} at byte offset {offset}")
        self.at = found.end()
        return re.sub(r"\\([\x01-~])", r"\1", found[1])

    def _unclosed(self, entity: _OpenEntity) -> Exception:
        name = NAMES.get(entity.kind, entity.kind.capitalize())
        name = "PreCode" if entity.language else name
        offset = byte_offset(self.source, entity.begin)
        return parse_error(f"Can't find end of {name} entity at byte offset {offset}")
