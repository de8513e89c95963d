"""All data about a user, as ZIP files."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from bot.services.zip_writer import MAX_BYTES, ZipPart, ZipSeries
from bot.storage import user_records
from bot.storage.database import Database
from bot.storage.user_records import Row


async def export_user_data(
    database: Database, user_id: int, folder: Path, max_bytes: int = MAX_BYTES
) -> AsyncGenerator[ZipPart, None]:
    """Pack all data about a user, one file at a time and with little of it in memory.

    Args:
        database: where to read.
        user_id: Telegram's id.
        folder: on whose disk the files are.
        max_bytes: maximal size of a file.

    Yields:
        The files. In the first one, `data.json` tells everything as it is at one moment. The crops
        are `faces/<id>.png`, without those that were erased since that moment.

    Raises:
        StorageError: the database cannot be read.
        OSError: a file cannot be written.
    """
    with ZipSeries(folder, max_bytes) as series:
        face_ids = await _write_records(database, user_id, series)
        batches = user_records.stream_crops(database, user_id, face_ids)
        async with aclosing(batches):
            async for crops in batches:
                pictures = [(_file_name(face_id), crop) for face_id, crop in crops]
                for part in series.add_pictures(pictures):
                    yield part
        yield series.finish()


async def _write_records(database: Database, user_id: int, series: ZipSeries) -> list[int]:
    """Write `data.json`; return the ids of the faces that have a crop."""
    face_ids: list[int] = []
    records = user_records.stream(database, user_id)
    with series.open_text("data.json") as text:
        async with aclosing(records):
            written = _JsonTables(text)
            async for table, rows in records:
                written.add(table, rows)
                if table == "faces":
                    face_ids += [cast(int, row["id"]) for row in rows if row["crop"]]
        written.finish()
    return face_ids


class _JsonTables:
    """Writes tables as one JSON object of lists, with a row on each line.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._table = ""
        self._comma = ""

    def add(self, table: str, rows: list[Row]) -> None:
        """Write some rows of a table; those of another table follow when it is complete."""
        if table != self._table:
            start = "\n],\n" if self._table else "{\n"
            self._write(f'{start}"{table}": [')
            self._table, self._comma = table, ""
        for row in rows:
            self._write(f"{self._comma}\n{json.dumps(_plain(row), default=bytes.hex)}")
            self._comma = ","

    def finish(self) -> None:
        self._write("\n]\n}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode())


def _file_name(face_id: object) -> str:
    return f"faces/{face_id}.png"


def _plain(row: Row) -> Row:
    """Return a row with times in ISO 8601, and with the file name of the crop."""
    plain = {name: _readable(name, value) for name, value in row.items()}
    if "crop" in row:
        plain["crop"] = _file_name(row["id"]) if row["crop"] else None
    return plain


def _readable(name: str, value: object) -> object:
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat()
    if name == "content" and isinstance(value, str):
        return json.loads(value)  # of an update
    return value
