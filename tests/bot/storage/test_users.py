import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.storage import crops, user_data, users
from bot.storage.answers import Label
from bot.storage.corrections import Tap
from bot.storage.database import Database, open_database
from bot.storage.schema import daily_counts
from bot.storage.users import DAY_S, PhotoRequest
from tests.support.stored_answers import ANNA, BEN, NOW, address, answered, correct, judged

NOON = NOW - NOW % DAY_S + DAY_S // 2
ASKED = PhotoRequest(ANNA, ANNA, "new", NOON)


async def took(database: Database, times: int, asked: PhotoRequest = ASKED, most: int = 3) -> int:
    """How many of so many photos were admitted, all at once."""
    results = await asyncio.gather(
        *(
            users.count_photo(
                database, replace(asked, file_unique_id=f"{asked.now} {number}"), most
            )
            for number in range(times)
        ),
        return_exceptions=True,
    )
    assert all(isinstance(one, PhotoLimitError) for one in results if one is not None)
    return results.count(None)


async def counted(database: Database) -> list[tuple[int, int, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(daily_counts.c.user_id, daily_counts.c.photos, daily_counts.c.corrections)
        )
        return [tuple(row) for row in rows]


async def test_so_many_photos_a_day_and_no_more(database: Database) -> None:
    assert await took(database, 5) == 3
    assert await counted(database) == [(ANNA, 3, 0)]
    with pytest.raises(PhotoLimitError) as caught:
        await users.count_photo(database, ASKED, 3)
    assert (caught.value.limit, caught.value.again_in_s) == (3, DAY_S // 2)


async def test_the_next_day_is_a_new_one(database: Database) -> None:
    await took(database, 3)
    assert await took(database, 1, replace(ASKED, now=NOON + DAY_S // 2 - 1)) == 0
    assert await took(database, 1, replace(ASKED, now=NOON + DAY_S // 2)) == 1


async def test_each_has_an_allowance_of_their_own(database: Database) -> None:
    await took(database, 3)
    assert await took(database, 5, replace(ASKED, user_id=BEN)) == 3


async def test_the_count_survives_a_restart(database: Database, file: object) -> None:
    await took(database, 2)
    async with open_database(address(file)) as again:  # type: ignore[arg-type]
        assert await took(again, 5, replace(ASKED, now=NOON + 1)) == 1


async def test_a_photo_known_from_before_costs_nothing(database: Database) -> None:
    await answered(database, judged(0.9, name="known"))
    await took(database, 3)
    for _ in range(3):
        await users.count_photo(database, replace(ASKED, file_unique_id="known"), 3)
    bens = replace(ASKED, sender_id=BEN, file_unique_id="known")
    with pytest.raises(PhotoLimitError):
        await users.count_photo(database, bens, 3)


@pytest.fixture
async def tap(database: Database) -> Tap:
    answer = await answered(database, judged(0.9, 0.8, 0.7), now=NOON)
    return Tap("0", ANNA, False, answer.id, NOON)


async def says(database: Database, tap: Tap, number: int, label: Label | None) -> None:
    tap = replace(tap, id=f"{number} {label}")
    await correct(database, tap, number, label, max_per_day=2)


async def test_so_many_corrections_a_day_and_no_more(database: Database, tap: Tap) -> None:
    await says(database, tap, 0, Label.SAD)
    await says(database, tap, 1, Label.SAD)
    with pytest.raises(CorrectionLimitError) as caught:
        await says(database, tap, 2, Label.SAD)
    assert caught.value.again_in_s == DAY_S // 2
    assert await counted(database) == [(ANNA, 0, 2)]
    # What was refused is not stored in part: the same tap counts the next day.
    await says(database, replace(tap, now=NOON + DAY_S), 2, Label.SAD)


async def test_what_was_said_can_always_be_said_again_and_taken_back(
    database: Database, tap: Tap
) -> None:
    await says(database, tap, 0, Label.SAD)
    await says(database, tap, 1, Label.SAD)
    await says(database, tap, 1, Label.SAD)
    await says(database, tap, 1, None)
    with pytest.raises(CorrectionLimitError):
        await says(database, tap, 1, Label.HAPPY)


async def test_admins_may_correct_without_end(database: Database, tap: Tap) -> None:
    admin = replace(tap, is_admin=True)
    for number in range(3):
        await says(database, admin, number, Label.SAD)


async def test_of_past_days_nothing_is_kept(database: Database, tap: Tap) -> None:
    await says(database, tap, 0, Label.SAD)
    await crops.erase_expired(database, NOON)
    assert await counted(database) == [(ANNA, 0, 1)]
    await crops.erase_expired(database, NOON + DAY_S)
    assert await counted(database) == []


async def test_the_count_is_handed_out_and_erased(database: Database) -> None:
    await took(database, 1)
    assert (await user_data.load(database, ANNA)).daily_counts == [
        {"user_id": ANNA, "day": NOON // DAY_S, "photos": 1, "corrections": 0}
    ]
    await user_data.erase(database, ANNA)
    assert await counted(database) == []
