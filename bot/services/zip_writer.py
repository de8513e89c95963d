"""ZIP files of pictures, none larger than Telegram takes from a bot."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

MAX_BYTES = 40_000_000  # of pictures in a file; Telegram takes 50 MB


class ZipWriter:
    """A ZIP file in the making, in memory.

    Args:
        max_bytes: of pictures that fit in.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._stream = BytesIO()
        self._archive = ZipFile(self._stream, "w")
        self._left = max_bytes

    def has_room(self, picture: bytes) -> bool:
        """Say whether a picture still fits in."""
        return len(picture) <= self._left

    def add_picture(self, name: str, picture: bytes) -> None:
        """Put a picture in; it is compressed already."""
        self._archive.writestr(name, picture, ZIP_STORED)
        self._left -= len(picture)

    def add_text(self, name: str, text: str) -> None:
        """Put a text in, which takes no room from the pictures."""
        self._archive.writestr(name, text, ZIP_DEFLATED)

    def finish(self) -> bytes:
        """The file; nothing can be put in any more."""
        self._archive.close()
        return self._stream.getvalue()
