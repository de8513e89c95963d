import json
import os
import stat
from pathlib import Path

from sqlalchemy import insert

from bot.services.user_data_export import export_user_data
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.schema import inbox
from tests.support.stored_answers import ANNA, NOW, correct, new_photo, store_answer
from tests.support.zip_parts import entries, read_parts


async def test_all_data_is_in_the_file(database: Database, tmp_path: Path) -> None:
    answer = await store_answer(database, new_photo(0.9, 0.1))
    await store_answer(
        database, new_photo(name="no face"), new_photo(0.9, 0.1, position=1), message=2
    )
    await correct(database, Tap("1", ANNA, False, answer.key, NOW), 1, Label.HAPPY)
    (file,) = await read_parts(export_user_data(database, ANNA, tmp_path))
    files = entries(file)
    data = json.loads(files.pop("data.json"))
    crops = {face["crop"] for face in data["faces"]} - {None}
    assert {files[name] for name in crops} == {b"crop 0 of picture", b"crop 1 of picture"}
    assert set(files) == crops
    assert data["users"][0]["first_seen_at"] == "2027-01-15T08:00:00+00:00"
    assert [one["message_id"] for one in data["answers"]] == [1, 2]
    assert [photo["file_unique_id"] for photo in data["photos"]] == ["picture", "no face"]
    first, second = (one["id"] for one in data["answers"])
    picture, no_face = (photo["id"] for photo in data["photos"])
    plain = {"has_spoiler": False, "is_protected": False}
    assert data["answer_photos"] == [
        {"answer_id": first, "position": 0, "photo_id": picture, **plain},
        {"answer_id": second, "position": 0, "photo_id": no_face, **plain},
        {"answer_id": second, "position": 1, "photo_id": picture, **plain},
    ]
    (correction,) = data["corrections"]
    assert (correction["said"], correction["by_you"]) == ("happy", True)
    assert correction["said_at"] == "2027-01-15T08:00:00+00:00"
    assert len(correction["crop_digest"]) == 64
    assert data["reviews"] == []


async def test_updates_that_wait_are_in_the_file(database: Database, tmp_path: Path) -> None:
    update = {"update_id": 5, "message": {"text": "I \u2764 \u201cquotes\u201d"}}
    common = {"kind": "message", "received_at": NOW, "attempts": 0, "state": "pending"}
    content = json.dumps(update)
    async with database.writing() as connection:
        await connection.execute(
            insert(inbox).values(update_id=5, user_id=ANNA, content=content, **common)
        )
    (file,) = await read_parts(export_user_data(database, ANNA, tmp_path))
    data = json.loads(entries(file)["data.json"])
    assert data["waiting"] == [{"received_at": "2027-01-15T08:00:00+00:00", "content": update}]


async def test_more_than_telegram_accepts_is_split_into_files(
    database: Database, tmp_path: Path
) -> None:
    crop = os.urandom(1000)
    await store_answer(database, new_photo(*[0.9] * 10, crops=[crop] * 10))
    files = await read_parts(export_user_data(database, ANNA, tmp_path, max_bytes=5000))
    assert max(map(len, files)) <= 5000
    names = [list(entries(file)) for file in files]
    assert names[0][0] == "data.json"
    assert [name for some in names for name in some if name.startswith("faces/")] == [
        f"faces/{number}.png" for number in range(1, 11)
    ]
    assert [len(some) for some in names[1:-1]] == [4] * (len(names) - 2)


async def test_the_file_is_only_for_the_bot_and_has_no_name(
    database: Database, tmp_path: Path
) -> None:
    await store_answer(database)
    folder = tmp_path / "exports"
    folder.mkdir()
    async for part in export_user_data(database, ANNA, folder):
        with part.file:
            assert stat.S_IMODE(os.fstat(part.file.fileno()).st_mode) == 0o600
            assert list(folder.iterdir()) == []
