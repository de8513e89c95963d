"""Everything that is held on a user, as ZIP files to keep."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from bot.storage.users import Held, Row

MOST_BYTES = 40_000_000  # of pictures in a file; Telegram takes 50 MB from a bot


def as_zips(held: Held, most_bytes: int = MOST_BYTES) -> Iterator[bytes]:
    """Pack what is held on a user.

    Args:
        held: as `bot.storage.users.held_on` gives it.
        most_bytes: of pictures in one file.

    Yields:
        ZIP files: `data.json` in the first, and the crops as `faces/<id>.png`.
    """
    crops = {f"faces/{face['id']}.png": face["crop"] for face in held.faces if face["crop"]}
    files: list[dict[str, bytes]] = [{}]
    for name, crop in crops.items():
        assert isinstance(crop, bytes)  # noqa: S101 - so says the schema
        if sum(map(len, files[-1].values())) + len(crop) > most_bytes:
            files.append({})
        files[-1][name] = crop
    for number, pictures in enumerate(files):
        stream = BytesIO()
        with ZipFile(stream, "w", ZIP_STORED) as archive:
            if number == 0:
                archive.writestr("data.json", _json(held), ZIP_DEFLATED)
            for name, crop in pictures.items():
                archive.writestr(name, crop)
        yield stream.getvalue()


def _json(held: Held) -> str:
    content = {
        **_plain(
            {
                "first_seen_at": held.first_seen_at,
                "set_aside_at": held.set_aside_at,
                "restored_at": held.restored_at,
            }
        ),
        "answers": [_plain(row) for row in held.answers],
        "photos": [_plain(row) for row in held.photos],
        "faces": [_plain(row) for row in held.faces],
        "corrections": [_plain(row) for row in held.corrections],
        "taps": [_plain(row) for row in held.taps],
        "reviews": [_plain(row) for row in held.reviews],
        "daily_counts": [_plain(row) for row in held.daily_counts],
    }
    return json.dumps(content, indent=2)


def _plain(row: Row) -> Row:
    """A row in JSON's types, its picture by the name of the file that holds it."""
    plain = {name: _readable(name, value) for name, value in row.items()}
    if "crop" in plain:
        plain["crop"] = f"faces/{row['id']}.png" if row["crop"] else None
    return plain


def _readable(name: str, value: object) -> object:
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value
