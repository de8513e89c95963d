"""What the parsers of the parse modes share: the text built so far, links, the error."""

import re
from urllib.parse import urlsplit

from bot.sandbox.cast import USERS, Json
from bot.sandbox.errors import BotApiError, bad_request
from bot.sandbox.text import utf16_length

_USER_LINK = re.compile(r"tg://user/?\?id=(\d+)", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "tg", "ton", "tonsite"})


class EntityBuilder:
    """The plain text and the entities that a parser has found so far."""

    def __init__(self) -> None:
        self._text = ""
        self.utf16_length = 0
        self.entities: list[Json] = []

    @property
    def text(self) -> str:
        return self._text

    def write(self, text: str) -> None:
        """Append plain text."""
        self._text += text
        self.utf16_length += utf16_length(text)

    def add(self, kind: str, start: int, **fields: object) -> None:
        """Append an entity from `start` (in UTF-16 units) to the end, unless it is empty."""
        if self.utf16_length > start:
            length = self.utf16_length - start
            self.entities.append({"type": kind, "offset": start, "length": length, **fields})

    def add_link(self, start: int, url: str) -> None:
        """Append a link or the mention of a user; nothing if the address is invalid."""
        mentioned = _USER_LINK.fullmatch(url)
        if mentioned:
            if user := USERS.get(int(mentioned[1])):
                self.add("text_mention", start, user=user)
        elif link := normalized_url(url):
            self.add("text_link", start, url=link)

    def result(self) -> tuple[str, list[Json]]:
        """Return the text and its entities in Telegram's order, without duplicates."""
        ordered = sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))
        unique = [entity for index, entity in enumerate(ordered) if entity not in ordered[:index]]
        return self._text, unique


def parse_error(reason: str) -> BotApiError:
    """Return Telegram's error for a text that does not parse."""
    return bad_request(f"can't parse entities: {reason}")


def byte_offset(source: str, index: int) -> int:
    """Return the number of UTF-8 bytes before a character, as in Telegram's errors."""
    return len(source[:index].encode("utf-8", "surrogatepass"))


def normalized_url(url: str) -> str:
    """Return a URL as Telegram stores it, with scheme and path; "" if it is invalid."""
    address = url.strip()
    if "://" not in address:
        address = "http://" + address
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES or re.search(r"\s", address):
        return ""
    if parts.scheme.lower() not in ("http", "https"):
        return address
    if "." not in parts.netloc.strip("."):
        return ""
    return address if parts.path or parts.query or parts.fragment else address + "/"
