from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import CorrectionLimitError, PhotoLimitError
from bot.storage import answers, crops, user_data, users
from bot.storage.corrections import Tap
from bot.storage.database import Database, open_database
from bot.storage.labels import Label
from bot.storage.schema import daily_counts
from bot.storage.users import DAY_S, PhotoRequest
from tests.support.stored_answers import ANNA, BEN, NOW, address, correct, new_photo, store_answer
from tests.support.user_records import records_of

NOON = NOW - NOW % DAY_S + DAY_S // 2
REQUEST = PhotoRequest(ANNA, ANNA, "new", NOON)


async def count_photos(
    database: Database, times: int, asked: PhotoRequest = REQUEST, most: int = 3
) -> int:
    """Count photos one after the other; returns how many the quota allows."""
    counted = 0
    for number in range(times):
        request = replace(asked, file_unique_id=f"{asked.now} {number}")
        with suppress(PhotoLimitError):
            assert await users.check_photo_quota(database, request, 0, most)
            async with database.writing() as connection:
                await connection.run_sync(users.count_photo, request)
            counted += 1
    return counted


async def stored_counts(database: Database) -> list[tuple[int, int, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(daily_counts.c.user_id, daily_counts.c.photos, daily_counts.c.corrections)
        )
        return [tuple(row) for row in rows]


async def test_photos_over_the_quota_are_refused(database: Database) -> None:
    assert await count_photos(database, 5) == 3
    assert await stored_counts(database) == [(ANNA, 3, 0)]
    with pytest.raises(PhotoLimitError) as caught:
        await users.check_photo_quota(database, REQUEST, 0, 3)
    assert (caught.value.limit, caught.value.again_in_s) == (3, DAY_S // 2)


async def test_the_quota_is_renewed_at_midnight(database: Database) -> None:
    await count_photos(database, 3)
    assert await count_photos(database, 1, replace(REQUEST, now=NOON + DAY_S // 2 - 1)) == 0
    assert await count_photos(database, 1, replace(REQUEST, now=NOON + DAY_S // 2)) == 1


async def test_every_user_has_a_quota(database: Database) -> None:
    await count_photos(database, 3)
    assert await count_photos(database, 5, replace(REQUEST, user_id=BEN)) == 3


async def test_the_count_survives_a_restart(database: Database, file: object) -> None:
    await count_photos(database, 2)
    async with open_database(address(file)) as again:  # type: ignore[arg-type]
        assert await count_photos(again, 5, replace(REQUEST, now=NOON + 1)) == 1


async def test_a_photo_that_was_stored_but_not_answered_before_a_restart_is_not_free(
    database: Database,
) -> None:
    await store_answer(database, new_photo(0.9, name="new"))
    assert await users.check_photo_quota(database, REQUEST, 0, 3)


async def test_a_repeated_photo_is_free(database: Database) -> None:
    answer = await store_answer(database, new_photo(0.9, name="known"))
    async with database.writing() as connection:
        await connection.run_sync(answers.mark_delivered, [answer.id])
    await count_photos(database, 3)
    for _ in range(3):
        known = replace(REQUEST, file_unique_id="known")
        assert not await users.check_photo_quota(database, known, 0, 3)
    bens = replace(REQUEST, sender_id=BEN, file_unique_id="known")
    with pytest.raises(PhotoLimitError):
        await users.check_photo_quota(database, bens, 0, 3)


async def test_photos_that_are_not_counted_yet_use_up_the_quota(database: Database) -> None:
    await count_photos(database, 1)
    assert await users.check_photo_quota(database, REQUEST, 1, 3)
    with pytest.raises(PhotoLimitError):
        await users.check_photo_quota(database, REQUEST, 2, 3)


@pytest.fixture
async def tap(database: Database) -> Tap:
    answer = await store_answer(database, new_photo(0.9, 0.8, 0.7), now=NOON)
    return Tap("0", ANNA, False, answer.key, NOON)


async def label(database: Database, tap: Tap, number: int, label: Label | None) -> None:
    tap = replace(tap, id=f"{number} {label}")
    await correct(database, tap, number, label, max_per_day=2)


async def test_corrections_over_the_quota_are_refused(database: Database, tap: Tap) -> None:
    await label(database, tap, 0, Label.SAD)
    await label(database, tap, 1, Label.SAD)
    with pytest.raises(CorrectionLimitError) as caught:
        await label(database, tap, 2, Label.SAD)
    assert caught.value.again_in_s == DAY_S // 2
    assert await stored_counts(database) == [(ANNA, 0, 2)]
    # A refused tap is not marked as processed: it works on the next day.
    await label(database, replace(tap, now=NOON + DAY_S), 2, Label.SAD)


async def test_repeating_and_withdrawing_a_label_are_free(database: Database, tap: Tap) -> None:
    await label(database, tap, 0, Label.SAD)
    await label(database, tap, 1, Label.SAD)
    await label(database, tap, 1, Label.SAD)
    await label(database, tap, 1, None)
    with pytest.raises(CorrectionLimitError):
        await label(database, tap, 1, Label.HAPPY)


async def test_admins_have_no_correction_quota(database: Database, tap: Tap) -> None:
    admin = replace(tap, is_admin=True)
    for number in range(3):
        await label(database, admin, number, Label.SAD)


async def test_counts_of_past_days_are_deleted(database: Database, tap: Tap) -> None:
    await label(database, tap, 0, Label.SAD)
    await crops.erase_expired(database, NOON)
    assert await stored_counts(database) == [(ANNA, 0, 1)]
    await crops.erase_expired(database, NOON + DAY_S)
    assert await stored_counts(database) == []


async def test_the_count_is_in_the_user_data_and_erased(database: Database) -> None:
    await count_photos(database, 1)
    assert (await records_of(database, ANNA))["daily_counts"] == [
        {"user_id": ANNA, "day": NOON // DAY_S, "photos": 1, "corrections": 0}
    ]
    await user_data.erase(database, ANNA)
    assert await stored_counts(database) == []
