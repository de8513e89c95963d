"""All data about a user, as ZIP files."""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

from bot.services.zip_writer import MAX_BYTES, ZipWriter
from bot.storage.user_data import Row, UserData


def pack_user_data(data: UserData, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Pack all data about a user.

    Args:
        data: as `bot.storage.user_data.load` returns it.
        max_bytes: maximal size of the pictures in one file.

    Yields:
        ZIP files, with `data.json` in the first one and the crops as `faces/<id>.png`.
    """
    file = ZipWriter(max_bytes)
    file.add_text("data.json", _json(data))
    for face in data.faces:
        crop = face["crop"]
        if not isinstance(crop, bytes):
            continue
        if not file.has_room(crop):
            yield file.finish()
            file = ZipWriter(max_bytes)
        file.add_picture(f"faces/{face['id']}.png", crop)
    yield file.finish()


def _json(data: UserData) -> str:
    content = {field.name: getattr(data, field.name) for field in fields(data)}
    return json.dumps({name: _plain(name, value) for name, value in content.items()}, indent=2)


def _plain(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_plain_row(row) for row in value]
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value


def _plain_row(row: Row) -> Row:
    """Return a row in JSON's types, with the file name of the crop instead of its bytes."""
    if "crop" in row:
        row = {**row, "crop": f"faces/{row['id']}.png" if row["crop"] else None}
    return {name: _plain(name, value) for name, value in row.items()}
