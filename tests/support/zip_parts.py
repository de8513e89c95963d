"""Reading the ZIP files that the bot makes."""

from collections.abc import AsyncIterator
from io import BytesIO
from zipfile import ZipFile

from bot.services.zip_writer import ZipPart


async def read_parts(parts: AsyncIterator[ZipPart]) -> list[bytes]:
    """Return the content of files, which are on disk one after another."""
    found = []
    async for part in parts:
        with part.file:
            found.append(part.file.read())
    return found


def entries(file: bytes) -> dict[str, bytes]:
    """Return what is in a ZIP file by name, in order."""
    with ZipFile(BytesIO(file)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
