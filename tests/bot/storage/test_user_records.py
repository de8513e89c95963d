import pytest

from bot.storage import user_data, user_records
from bot.storage.crops import erase_expired
from bot.storage.database import Database
from tests.support import postgres_server
from tests.support.stored_answers import ANNA, BEN, NOW, WEEK_S, new_photo, store_answer
from tests.support.user_records import records_of


async def crops_of(database: Database, user: int, ids: list[int]) -> list[tuple[int, bytes]]:
    batches = user_records.stream_crops(database, user, ids)
    return [face async for batch in batches for face in batch]


async def test_crops_are_read_in_batches(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_records, "BATCH_SIZE", 2)
    await store_answer(database, new_photo(*[0.9] * 5))
    found = await crops_of(database, ANNA, [1, 2, 3, 4, 5, 99])
    assert found == [(face, f"crop {face - 1} of picture".encode()) for face in range(1, 6)]


async def test_a_crop_that_was_erased_meanwhile_is_left_out(database: Database) -> None:
    await store_answer(database)
    await erase_expired(database, NOW + WEEK_S)
    assert await crops_of(database, ANNA, [1]) == []


@pytest.mark.skipif(postgres_server.IS_WANTED, reason="PostgreSQL uses no id again")
async def test_the_face_of_somebody_else_with_the_same_id_is_left_out(database: Database) -> None:
    await store_answer(database)
    (face,) = (await records_of(database, ANNA))["faces"]
    await user_data.erase(database, ANNA)
    await store_answer(database, user=BEN)
    assert (await records_of(database, BEN))["faces"][0]["id"] == face["id"]
    assert await crops_of(database, ANNA, [1]) == []


async def test_all_records_are_of_the_same_moment(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_records, "BATCH_SIZE", 1)
    await store_answer(database)
    found: dict[str, int] = {}
    async for table, rows in user_records.stream(database, ANNA):
        if table == "users" and rows:
            await store_answer(database, new_photo(0.1, name="another"), message=2)
        found[table] = found.get(table, 0) + len(rows)
    assert [found[table] for table in ("answers", "photos", "faces")] == [1, 1, 1]
