from itertools import count as count_from

import pytest
from sqlalchemy import insert, update

from bot.storage import statistics
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.schema import reviews, users
from bot.storage.statistics import CheckedVerdicts, Overview
from bot.storage.users import DAY_S
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, correct, new_photo, store_answer

TODAY = NOW // DAY_S
_taps = map(str, count_from(1))


async def label_new_photo(
    database: Database,
    probability: float,
    *labels: Label | None,
    days_ago: int = 0,
    user: int = ANNA,
    version: str = "fake",
) -> None:
    """Store a photo with one face and these labels, one after the other."""
    now = NOW - days_ago * DAY_S
    name = f"picture {next(_taps)}"
    picture = new_photo(probability, name=name, version=version)
    answer = await store_answer(database, picture, user=user, now=now)
    for label in labels:
        await correct(database, Tap(next(_taps), user, False, answer.key, now), 0, label)


async def test_an_empty_database_has_only_zeros(database: Database) -> None:
    assert await statistics.load_overview(database, TODAY) == Overview(0, 0, 0, {}, {}, ())


async def test_photos_are_counted_by_day(database: Database) -> None:
    for days_ago in (0, 0, 1, 40):
        await label_new_photo(database, 0.9, days_ago=days_ago)
    await label_new_photo(database, 0.9, user=BEN)
    found = await statistics.load_overview(database, TODAY - 30)
    assert (found.users, found.photos) == (2, 5)
    assert found.photos_by_day == {TODAY: 3, TODAY - 1: 1}


async def test_a_repeated_photo_counts_once_on_its_first_day(database: Database) -> None:
    for days_ago, version in ((2, "old"), (1, "old"), (1, "new"), (0, "new")):
        picture = new_photo(0.9, version=version)
        await store_answer(database, picture, now=NOW - days_ago * DAY_S)
    # The same picture, sent by another user, is another photo.
    await store_answer(database, new_photo(0.9), user=BEN)
    found = await statistics.load_overview(database, TODAY - 30)
    assert found.photos == 2
    assert found.photos_by_day == {TODAY - 2: 1, TODAY: 1}
    assert (await statistics.load_overview(database, TODAY)).photos_by_day == {TODAY: 1}


async def test_users_who_only_tap_are_not_counted(database: Database) -> None:
    answer = await store_answer(database)
    await correct(database, Tap(next(_taps), ALEX, True, answer.key, NOW), 0, Label.SAD)
    assert (await statistics.load_overview(database, TODAY)).users == 1


async def test_only_the_current_label_counts(database: Database) -> None:
    await label_new_photo(database, 0.9, Label.SAD, Label.HAPPY)
    await label_new_photo(database, 0.9, Label.SAD, None)
    await label_new_photo(database, 0.9, Label.NOT_A_FACE)
    found = await statistics.load_overview(database, TODAY)
    assert found.corrections == 5
    assert found.labels == {Label.HAPPY: 1, Label.NOT_A_FACE: 1}
    assert [(one.count, one.right) for one in found.checked] == [(1, 1)]


@pytest.mark.parametrize(
    ("probability", "label", "expected"),
    [
        (0.97, Label.HAPPY, (True, 9, 1)),
        (0.97, Label.SAD, (True, 9, 0)),
        (0.03, Label.SAD, (True, 9, 1)),
        (0.03, Label.HAPPY, (True, 9, 0)),
        (0.62, Label.HAPPY, (False, 2, 1)),
        (0.38, Label.HAPPY, (False, 2, 0)),
        (0.5, Label.HAPPY, (False, 0, 1)),
        (1.0, Label.HAPPY, (True, 9, 1)),
    ],
)
async def test_a_verdict_is_compared_with_the_label(
    database: Database, probability: float, label: Label, expected: tuple[bool, int, int]
) -> None:
    await label_new_photo(database, probability, label)
    (one,) = (await statistics.load_overview(database, TODAY)).checked
    assert (one.sure, one.bin, one.right) == expected
    assert one.confidence == pytest.approx(max(probability, 1 - probability))


async def test_verdicts_are_grouped_by_day_model_and_confidence(
    database: Database,
) -> None:
    await label_new_photo(database, 0.96, Label.HAPPY)
    await label_new_photo(database, 0.98, Label.SAD)
    await label_new_photo(database, 0.97, Label.HAPPY, days_ago=3)
    await label_new_photo(database, 0.97, Label.HAPPY, version="new")
    old, *today = (await statistics.load_overview(database, TODAY)).checked
    assert old == CheckedVerdicts(TODAY - 3, "fake", True, 9, pytest.approx(0.97), 1, 1)
    assert sorted(today, key=lambda one: one.version) == [
        CheckedVerdicts(TODAY, "fake", True, 9, pytest.approx(1.94), 2, 1),
        CheckedVerdicts(TODAY, "new", True, 9, pytest.approx(0.97), 1, 1),
    ]


async def test_the_corrected_model_version_is_the_one_that_counts(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, name="same", version="old"))
    await correct(database, Tap(next(_taps), ANNA, False, first.key, NOW), 0, Label.SAD)
    second = await store_answer(database, new_photo(0.1, name="same", version="new"), message=2)
    await correct(database, Tap(next(_taps), ANNA, False, second.key, NOW), 0, None)
    await correct(database, Tap(next(_taps), ANNA, False, second.key, NOW), 0, Label.SAD)
    (one,) = (await statistics.load_overview(database, TODAY)).checked
    assert (one.version, one.right) == ("new", 1)


async def test_rejected_labels_and_users_set_aside_are_left_out(database: Database) -> None:
    await label_new_photo(database, 0.9, Label.SAD)
    await label_new_photo(database, 0.9, Label.SAD, user=BEN)
    await label_new_photo(database, 0.9, Label.HAPPY, user=ALEX)
    async with database.writing() as connection:
        rejected = {"correction_id": 1, "user_id": ALEX, "decision": "rejected", "reviewed_at": NOW}
        await connection.execute(insert(reviews).values(rejected))
        await connection.execute(update(users).where(users.c.id == BEN).values(set_aside_at=NOW))
    (one,) = (await statistics.load_overview(database, TODAY)).checked
    assert (one.count, one.right) == (1, 1)
