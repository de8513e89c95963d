"""The MarkdownV2 parse mode (https://core.telegram.org/bots/api#markdownv2-style).

Follows TDLib's `parse_markdown_v2` (github.com/tdlib/td, MessageEntity.cpp), errors included.
"""

import re
from dataclasses import dataclass
from typing import Final

from bot.sandbox.cast import Json
from bot.sandbox.markup.builder import Built, byte_offset, unparsable

RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!\n")
OPENING: Final = {
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
CLOSING: Final = {kind: mark for mark, kind in OPENING.items()} | {
    "custom_emoji": "]",
    "text_link": "]",
}
NAMES: Final = {"text_link": "TextUrl", "custom_emoji": "CustomEmoji", "blockquote": "BlockQuote"}
_EMOJI_LINK: Final = re.compile(r"tg://emoji/?\?id=([1-9]\d{0,18})")


@dataclass
class _Part:
    kind: str
    begin: int
    start: int
    characters: int
    language: str = ""


def parse_markdown(source: str) -> tuple[str, list[Json]]:
    """Return the plain text of MarkdownV2 and its entities.

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
        self.open: list[_Part] = []
        self.quoting = False

    def run(self) -> None:
        while self.at < len(self.source):
            character = self.source[self.at]
            if self._escaped():
                self.built.write(self.source[self.at + 1])
                self.at += 2
            elif character not in ("`" if self._verbatim() else RESERVED):
                self.built.write(character)
                self.at += 1
            elif self._ends():
                self._close()
            else:
                self._begin(character)
        if self.quoting and self.open and self.open[-1].kind == "blockquote":
            self.built.add("blockquote", self.open.pop().start)
        if self.open:
            raise self._endless(self.open[-1])

    def _escaped(self) -> bool:
        following = self.source[self.at + 1 : self.at + 2]
        return self.source[self.at] == "\\" and "\0" < following <= "~"

    def _verbatim(self) -> bool:
        return bool(self.open) and self.open[-1].kind in ("code", "pre")

    def _sees(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def _ends(self) -> bool:
        if not self.open:
            return False
        if self.quoting and self._sees("\n") and not self._sees("\n>"):
            return True
        kind = self.open[-1].kind
        if kind == "italic":
            return self._sees("_") and not self._sees("__")
        return kind != "blockquote" and self._sees(CLOSING[kind])

    def _begin(self, character: str) -> None:
        if character == "\n":
            self.built.write("\n")
            self.at += 1
            if self._sees(">"):
                self._quote()
            return
        if character == ">" and self.at == 0:
            self._quote()
            return
        mark = next((mark for mark in OPENING if self._sees(mark)), None)
        if mark is None:
            raise unparsable(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        part = _Part(OPENING[mark], self.at, self.built.units, len(self.built.text))
        self.at += len(mark)
        if part.kind == "pre":
            part.language = self._language()
        self.open.append(part)

    def _quote(self) -> None:
        """Step over the ">" of a line; the first one of a row of lines begins a quotation."""
        if not self.quoting:
            text = self.built.text
            self.open.append(_Part("blockquote", self.at, self.built.units, len(text)))
            self.quoting = True
        self.at += 1

    def _language(self) -> str:
        """Step over the first line of a code block and return the language it names."""
        found = re.compile(r"([^\s`]*)(?=\s)").match(self.source, self.at)
        language = found[1] if found else ""
        self.at += len(language)
        newline = re.compile(r"\r\n|\n\r|\n|\r").match(self.source, self.at)
        self.at = newline.end() if newline else self.at
        return language

    def _close(self) -> None:
        part = self.open.pop()
        if part.kind == "blockquote":
            self.quoting = False
            self.built.write("\n")
            self.at += 1
            self.built.add("blockquote", part.start)
            return
        if self._sees("\n"):
            raise self._endless(part)
        self.at += len(CLOSING[part.kind])
        if part.kind == "text_link":
            shown = self.built.text[part.characters :]
            self.built.add_link(part.start, self._address("a URL") if self._sees("(") else shown)
        elif part.kind == "custom_emoji":
            self._emoji(part)
        elif part.language:
            self.built.add("pre", part.start, language=part.language)
        else:
            self.built.add(part.kind, part.start)

    def _emoji(self, part: _Part) -> None:
        if not self._sees("("):
            raise unparsable("Custom emoji entity must contain a tg://emoji URL")
        found = _EMOJI_LINK.fullmatch(self._address("a custom emoji URL"))
        if not found:
            raise unparsable("Custom emoji URL must have an emoji identifier")
        self.built.add("custom_emoji", part.start, custom_emoji_id=found[1])

    def _address(self, what: str) -> str:
        """Step over "(address)" and return the address."""
        self.at += 1
        found = re.compile(r"((?:\\[\x01-~]|[^)])*)\)").match(self.source, self.at)
        if not found:
            place = byte_offset(self.source, self.at)
            raise unparsable(f"Can't find end of {what} at byte offset {place}")
        self.at = found.end()
        return re.sub(r"\\([\x01-~])", r"\1", found[1])

    def _endless(self, part: _Part) -> Exception:
        name = NAMES.get(part.kind, part.kind.capitalize())
        name = "PreCode" if part.language else name
        place = byte_offset(self.source, part.begin)
        return unparsable(f"Can't find end of {name} entity at byte offset {place}")
