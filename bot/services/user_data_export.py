"""Everything that is held on a user, as ZIP files to keep."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from bot.services.zip_writer import MAX_BYTES, ZipWriter
from bot.storage.user_data import Row, UserData


def pack_user_data(held: UserData, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Pack what is held on a user.

    Args:
        held: as `bot.storage.users.load_user_data` gives it.
        max_bytes: of pictures in one file.

    Yields:
        ZIP files: `data.json` in the first, and the crops as `faces/<id>.png`.
    """
    file = ZipWriter(max_bytes)
    file.add_text("data.json", _json(held))
    for face in held.faces:
        crop = face["crop"]
        if not isinstance(crop, bytes):
            continue
        if not file.has_room(crop):
            yield file.finish()
            file = ZipWriter(max_bytes)
        file.add_picture(f"faces/{face['id']}.png", crop)
    yield file.finish()


def _json(held: UserData) -> str:
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
        "answer_photos": [_plain(row) for row in held.answer_photos],
        "faces": [_plain(row) for row in held.faces],
        "corrections": [_plain(row) for row in held.corrections],
        "taps": [_plain(row) for row in held.taps],
        "reviews": [_plain(row) for row in held.reviews],
        "daily_counts": [_plain(row) for row in held.daily_counts],
        "retrainings": [_plain(row) for row in held.retrainings],
        "lessons": [_plain(row) for row in held.lessons],
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
