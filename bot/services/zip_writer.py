"""ZIP files of pictures that are small enough for Telegram."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

MAX_BYTES = 40_000_000  # of pictures in one file; Telegram accepts files of 50 MB from a bot


class ZipWriter:
    """Writes a ZIP file in memory.

    Args:
        max_bytes: maximal size of the pictures in it.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._stream = BytesIO()
        self._archive = ZipFile(self._stream, "w")
        self._bytes_left = max_bytes

    def has_room(self, picture: bytes) -> bool:
        """Return whether there is room for another picture."""
        return len(picture) <= self._bytes_left

    def add_picture(self, name: str, picture: bytes) -> None:
        """Add a picture without compressing it once more."""
        self._archive.writestr(name, picture, ZIP_STORED)
        self._bytes_left -= len(picture)

    def add_text(self, name: str, text: str) -> None:
        """Add a text, whose size is not limited."""
        self._archive.writestr(name, text, ZIP_DEFLATED)

    def finish(self) -> bytes:
        """Close the archive and return the file."""
        self._archive.close()
        return self._stream.getvalue()
