"""The files that were sent, held in memory up to a bound."""

import base64
import hashlib
import itertools
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from bot.sandbox.cast import Json

PREFIX: Final = {
    "photo": "AgACAgQAAxkDAAM",
    "document": "BQACAgQAAxkDAAM",
    "thumbnail": "AAMCBAADGQMAA",
}
SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,10}")
FOLDER: Final = {"photo": "photos", "document": "documents", "thumbnail": "thumbnails"}


@dataclass(frozen=True)
class Stored:
    """One file.

    Attributes:
        file_id: names this file for this bot; the same file sent again gets the same id.
        unique_id: names the content.
        kind: "photo", "document" or "thumbnail".
        data: the bytes.
        mime: its media type.
        path: `file_path` for download links.
    """

    file_id: str
    unique_id: str
    kind: str
    data: bytes
    mime: str
    path: str

    def describe(self) -> Json:
        """Return the fields every file object of the Bot API has."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
        }


class Files:
    """Every file of late, by id and by path, and the media object each one belongs to.

    Args:
        capacity: bytes held before the oldest files are dropped.
    """

    def __init__(self, capacity: int = 256 * 2**20) -> None:
        self._files: OrderedDict[str, Stored] = OrderedDict()
        self._paths: dict[str, str] = {}
        self._media: dict[str, Json] = {}
        self._capacity = capacity
        self._size = 0
        self._numbers = itertools.count()

    def add(self, kind: str, data: bytes, mime: str, suffix: str, name: str = "") -> Stored:
        """Hold a file, or find it again when the very same was held already.

        Args:
            kind: "photo", "document" or "thumbnail".
            data: the bytes.
            mime: media type.
            suffix: ending of the path, with its dot; left out where it would not fit an address.
            name: file name, which is part of a document's identity.
        """
        content = hashlib.sha256(data).digest()
        whole = hashlib.sha256(f"{kind}\0{mime}\0{name}\0".encode() + content).digest()
        file_id = PREFIX[kind] + _letters(whole)
        if file_id in self._files:
            self._files.move_to_end(file_id)
            return self._files[file_id]
        ending = suffix if SUFFIX.fullmatch(suffix) else ""
        path = f"{FOLDER[kind]}/file_{next(self._numbers)}{ending}"
        stored = Stored(file_id, "AQAD" + _letters(content[:9]), kind, data, mime, path)
        self._files[file_id] = stored
        self._paths[path] = file_id
        self._size += len(data)
        self._shrink()
        return stored

    def bind(self, stored: Stored, media: Json) -> None:
        """Remember the media object to send again when the bot sends this file by its id."""
        self._media[stored.file_id] = media

    def find(self, file_id: str) -> Stored | None:
        """Return the file with this id, or None when it was dropped or never was."""
        return self._files.get(file_id)

    def at(self, path: str) -> Stored | None:
        """Return the file behind a download path, or None."""
        return self._files.get(self._paths.get(path, ""))

    def media(self, file_id: str) -> Json | None:
        """Return the media object, {"photo": [...]} or {"document": {...}}, with this file."""
        return self._media.get(file_id)

    def _shrink(self) -> None:
        while self._size > self._capacity and len(self._files) > 1:
            file_id, stored = self._files.popitem(last=False)
            self._size -= len(stored.data)
            del self._paths[stored.path]
            self._media.pop(file_id, None)


def _letters(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
