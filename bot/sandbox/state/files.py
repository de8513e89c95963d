"""The files that were sent, in memory up to a limit."""

import base64
import hashlib
import itertools
import re
from collections import OrderedDict
from dataclasses import dataclass

from bot.sandbox.cast import Json

ID_PREFIXES = {
    "photo": "AgACAgQAAxkDAAM",
    "document": "BQACAgQAAxkDAAM",
    "thumbnail": "AAMCBAADGQMAA",
    "animation": "CgACAgQAAxkDAAM",
    "video": "BAACAgQAAxkDAAM",
    "video_note": "DQACAgQAAxkDAAM",
    "sticker": "CAACAgQAAxkDAAM",
}
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}")


@dataclass(frozen=True)
class StoredFile:
    """A file.

    Attributes:
        file_id: identifies the file for the bot; the same file sent again gets the same id.
        unique_id: identifies the content.
        kind: one of `ID_PREFIXES`.
        data: its content.
        mime: its media type.
        path: `file_path` in download links.
    """

    file_id: str
    unique_id: str
    kind: str
    data: bytes
    mime: str
    path: str

    def file_fields(self) -> Json:
        """Return the fields common to all file objects of the Bot API."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.data),
        }


class Files:
    """The latest files by id and by path, and the media object that each belongs to.

    Args:
        max_bytes: total size above which the oldest files are dropped.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self._files: OrderedDict[str, StoredFile] = OrderedDict()
        self._paths: dict[str, str] = {}
        self._media: dict[str, Json] = {}
        self._max_bytes = max_bytes
        self._size = 0
        self._file_numbers = itertools.count()

    def add(self, kind: str, data: bytes, mime: str, suffix: str, name: str = "") -> StoredFile:
        """Store a file, or return the stored one if it is the same.

        Args:
            kind: one of `ID_PREFIXES`.
            data: its content.
            mime: its media type.
            suffix: suffix of the path, with a dot; dropped if it is not suitable for a URL.
            name: file name, which is part of a document's identity.
        """
        content = hashlib.sha256(data).digest()
        whole = hashlib.sha256(f"{kind}\0{mime}\0{name}\0".encode() + content).digest()
        file_id = ID_PREFIXES[kind] + _base64(whole)
        if file_id in self._files:
            self._files.move_to_end(file_id)
            return self._files[file_id]
        ending = suffix if SUFFIX.fullmatch(suffix) else ""
        path = f"{kind}s/file_{next(self._file_numbers)}{ending}"
        stored = StoredFile(file_id, "AQAD" + _base64(content[:9]), kind, data, mime, path)
        self._files[file_id] = stored
        self._paths[path] = file_id
        self._size += len(data)
        self._drop_oldest()
        return stored

    def bind_media(self, stored: StoredFile, media: Json) -> None:
        """Remember which media object to send when the bot sends this file by its id."""
        self._media[stored.file_id] = media

    def find(self, file_id: str) -> StoredFile | None:
        """Return the file with this id, or None if it was dropped or never existed."""
        return self._files.get(file_id)

    def find_by_path(self, path: str) -> StoredFile | None:
        return self._files.get(self._paths.get(path, ""))

    def find_media(self, file_id: str) -> Json | None:
        """Return the media object with this file, such as {"document": {...}}."""
        return self._media.get(file_id)

    def _drop_oldest(self) -> None:
        while self._size > self._max_bytes and len(self._files) > 1:
            file_id, stored = self._files.popitem(last=False)
            self._size -= len(stored.data)
            del self._paths[stored.path]
            self._media.pop(file_id, None)


def _base64(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
