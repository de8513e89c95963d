"""What the parsers of marked-up text share: the text built so far, links, the failure."""

import re
from typing import Final
from urllib.parse import urlsplit

from bot.sandbox.cast import USERS, Json
from bot.sandbox.errors import Failure, bad_request
from bot.sandbox.text import units

_USER_LINK: Final = re.compile(r"tg://user/?\?id=(\d+)", re.IGNORECASE)
_SCHEMES: Final = frozenset({"http", "https", "tg", "ton", "tonsite"})


class Built:
    """Plain text and entities, as far as the parser has come."""

    def __init__(self) -> None:
        self._text = ""
        self.units = 0
        self.entities: list[Json] = []

    @property
    def text(self) -> str:
        """The plain text so far."""
        return self._text

    def write(self, text: str) -> None:
        """Append plain text."""
        self._text += text
        self.units += units(text)

    def add(self, kind: str, start: int, **fields: object) -> None:
        """Append an entity from `start`, in UTF-16 units, to here, unless it would be empty."""
        if self.units > start:
            length = self.units - start
            self.entities.append({"type": kind, "offset": start, "length": length, **fields})

    def add_link(self, start: int, url: str) -> None:
        """Append a link, or the mention of a person; nothing for an address that is none."""
        mentioned = _USER_LINK.fullmatch(url)
        if mentioned:
            if user := USERS.get(int(mentioned[1])):
                self.add("text_mention", start, user=user)
        elif link := checked_link(url):
            self.add("text_link", start, url=link)

    def result(self) -> tuple[str, list[Json]]:
        """Return the text and its entities in Telegram's order, none of them twice."""
        ordered = sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))
        unique = [entity for index, entity in enumerate(ordered) if entity not in ordered[:index]]
        return self._text, unique


def unparsable(reason: str) -> Failure:
    """Return Telegram's failure for a text that does not parse."""
    return bad_request(f"can't parse entities: {reason}")


def byte_offset(source: str, index: int) -> int:
    """Return how many UTF-8 bytes come before a character; Telegram reports places so."""
    return len(source[:index].encode("utf-8", "surrogatepass"))


def checked_link(url: str) -> str:
    """Return an address as Telegram keeps it, with scheme and path; "" for what is none."""
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
