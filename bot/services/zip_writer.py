"""ZIP files that are small enough for Telegram, on disk until they are sent."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

# Of a file. Telegram accepts 50 MB from a bot, but over a slow line that takes many minutes.
MAX_BYTES = 20_000_000
# An entry's header, and its entry in the directory at the end of the file, without the name; and
# what follows the directory. See 4.3.7, 4.3.12 and 4.3.16 in
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
HEADER_BYTES, DIRECTORY_BYTES, END_BYTES = 30, 46, 22


@dataclass(frozen=True, slots=True)
class ZipPart:
    """A finished ZIP file, one of several if there is much to send.

    Attributes:
        file: it has no name on disk, and is gone when it is closed.
        names: what is in it.
    """

    file: IO[bytes]
    names: list[str]


class ZipSeries:
    """Writes ZIP files on disk, and begins another one when one is full.

    Use it as a context manager, which drops what is not finished.

    Args:
        folder: on whose disk the files are.
        max_bytes: maximal size of a file.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What is not finished is not used, so it does not matter if the disk is full.
        with suppress(OSError):
            self._archive.close()
        with suppress(OSError):
            self._file.close()

    def open_text(self, name: str) -> IO[bytes]:
        """Begin a text in the current file, and return where to write it; it must be closed."""
        self._directory_bytes += DIRECTORY_BYTES + len(name)
        return self._archive.open(name, "w")

    def add_pictures(self, pictures: Iterable[tuple[str, bytes]]) -> list[ZipPart]:
        """Add pictures, by name, without compressing them once more.

        Returns:
            The files that are full.

        Raises:
            OSError: a file cannot be written.
        """
        full = []
        for name, picture in pictures:
            if self._archive.namelist() and self._is_full(name, picture):
                full.append(self.finish())
            self._archive.writestr(name, picture, ZIP_STORED)
            self._directory_bytes += DIRECTORY_BYTES + len(name)
        return full

    def finish(self) -> ZipPart:
        """Finish the current file and begin another one.

        Raises:
            OSError: it cannot be written.
        """
        self._archive.close()
        part = ZipPart(self._file, self._archive.namelist())
        self._file.seek(0)
        self._begin()
        return part

    def _begin(self) -> None:
        # It belongs to the bot alone, and is deleted from the folder at once.
        self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed by who gets it
        self._archive = ZipFile(self._file, "w", ZIP_DEFLATED)
        self._directory_bytes = END_BYTES

    def _is_full(self, name: str, picture: bytes) -> bool:
        """Return whether there is no room for another picture."""
        size = self._file.tell() + HEADER_BYTES + len(name) + len(picture)
        return size + self._directory_bytes + DIRECTORY_BYTES + len(name) > self._max_bytes
