import json
from io import BytesIO
from zipfile import ZipFile

from bot.services.user_data_export import pack_user_data
from bot.storage import user_data
from bot.storage.answers import Label
from bot.storage.corrections import Tap
from bot.storage.database import Database
from tests.support.stored_answers import ANNA, NOW, correct, new_photo, store_answer


async def test_all_data_is_in_the_file(database: Database) -> None:
    answer = await store_answer(database, new_photo(0.9, 0.1))
    await store_answer(
        database, new_photo(name="no face"), new_photo(0.9, 0.1, position=1), message=2
    )
    await correct(database, Tap("1", ANNA, False, answer.id, NOW), 1, Label.HAPPY)
    (file,) = pack_user_data(await user_data.load(database, ANNA))
    with ZipFile(BytesIO(file)) as archive:
        assert archive.testzip() is None
        data = json.loads(archive.read("data.json"))
        crops = {face["crop"] for face in data["faces"]} - {None}
        assert {archive.read(name) for name in crops} == {
            b"crop 0 of picture",
            b"crop 1 of picture",
        }
        assert set(archive.namelist()) == crops | {"data.json"}
    assert data["first_seen_at"] == "2027-01-15T08:00:00+00:00"
    assert [one["message_id"] for one in data["answers"]] == [1, 2]
    assert [photo["file_unique_id"] for photo in data["photos"]] == ["picture", "no face"]
    first, second = (one["id"] for one in data["answers"])
    picture, no_face = (photo["id"] for photo in data["photos"])
    assert data["answer_photos"] == [
        {"answer_id": first, "position": 0, "photo_id": picture},
        {"answer_id": second, "position": 0, "photo_id": no_face},
        {"answer_id": second, "position": 1, "photo_id": picture},
    ]
    (correction,) = data["corrections"]
    assert (correction["said"], correction["by_you"]) == ("happy", True)
    assert correction["said_at"] == "2027-01-15T08:00:00+00:00"


async def test_more_than_telegram_accepts_is_split_into_files(database: Database) -> None:
    await store_answer(database, new_photo(*[0.9] * 10))
    crop = len(b"crop 0 of picture")
    files = list(pack_user_data(await user_data.load(database, ANNA), max_bytes=4 * crop))
    names = []
    for file in files:
        with ZipFile(BytesIO(file)) as archive:
            names.append(archive.namelist())
    assert [len(some) for some in names] == [5, 4, 2]
    assert names[0][0] == "data.json"
