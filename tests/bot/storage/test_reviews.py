from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.storage import reviews, user_data
from bot.storage.accepted_labels import Decision
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.reviews import PendingCorrection, Review, ReviewOutcome, ReviewRecord
from model.network.verdict import Verdict
from tests.support.admin_buttons import correction_key
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, correct, new_photo, store_answer
from tests.support.user_records import records_of

ADMINS = frozenset({ALEX})
ACCEPTED, REJECTED, SKIPPED = Decision.ACCEPTED, Decision.REJECTED, Decision.SKIPPED


async def store_correction(database: Database, number: int, user: int = ANNA) -> None:
    """Store a photo of a user, labelled sad; returns the id of the correction."""
    picture = new_photo(0.9, name=f"{number}", version="mood-7")
    answer = await store_answer(database, picture, user=user, message=number)
    await correct(database, Tap(f"tap {number}", user, False, answer.key, NOW), 0, Label.SAD)


async def decide_all(
    database: Database, *decisions: Decision, first: int = 1
) -> list[ReviewRecord | None]:
    """Store Alex's decisions about consecutive corrections; returns who was set aside by each."""
    told = []
    for number, decision in enumerate(decisions, first):
        key = await correction_key(database, number)
        ruling = Review(f"ruling {number}", ALEX, key, decision, NOW)
        outcome, record = await reviews.decide(database, ruling)
        assert outcome is ReviewOutcome.STORED
        told.append(record)
    return told


async def test_a_pending_correction_holds_all_that_a_review_needs(database: Database) -> None:
    await store_correction(database, 1)
    await store_correction(database, 2, BEN)
    key = await correction_key(database, 1)
    assert await reviews.next_pending(database, ADMINS) == PendingCorrection(
        key, Label.SAD, b"crop 0 of 1", "mood-7", Verdict.HAPPY, 0.9, ReviewRecord(ANNA, 0, 0), 2
    )
    assert await reviews.next_pending(database, ADMINS | {ANNA, BEN}) is None


async def test_the_verdict_under_review_is_the_corrected_one(
    database: Database,
) -> None:
    await store_answer(database, new_photo(0.97, version="mood-7"))
    again = await store_answer(database, new_photo(0.1, version="mood-8"), message=2)
    await correct(database, Tap("1", ANNA, False, again.key, NOW), 0, Label.HAPPY)
    pending = await reviews.next_pending(database, ADMINS)
    assert pending is not None
    assert (pending.label, pending.crop) == (Label.HAPPY, b"crop 0 of picture")
    assert (pending.model_version, pending.verdict) == ("mood-8", Verdict.SAD)
    assert pending.probability_happy == 0.1


async def test_not_a_face_is_reviewed_too(database: Database) -> None:
    answer = await store_answer(database, new_photo(0.9))
    await correct(database, Tap("1", ANNA, False, answer.key, NOW), 0, Label.NOT_A_FACE)
    pending = await reviews.next_pending(database, ADMINS)
    assert pending is not None
    assert pending.label is Label.NOT_A_FACE


async def test_labels_that_users_agree_on_need_no_review(database: Database) -> None:
    for user in (ANNA, BEN):
        answer = await store_answer(database, new_photo(0.9), user=user)
        await correct(database, Tap(f"{user}", user, False, answer.key, NOW), 0, Label.SAD)
    assert await reviews.next_pending(database, ADMINS) is None


@pytest.mark.parametrize(
    ("decisions", "aside"),
    [
        ([REJECTED] * 4, False),
        ([REJECTED] * 5, True),
        ([ACCEPTED, ACCEPTED, REJECTED, REJECTED, REJECTED], True),
        ([ACCEPTED] * 3 + [REJECTED] * 3, False),
        ([ACCEPTED] * 3 + [REJECTED] * 4, True),
        ([SKIPPED] * 3 + [REJECTED] * 2, False),
    ],
)
async def test_a_user_who_is_rejected_too_often_is_set_aside(
    database: Database, decisions: Sequence[Decision], aside: bool
) -> None:
    for number in range(1, len(decisions) + 1):
        await store_correction(database, number)
    *before, last = await decide_all(database, *decisions)
    assert not any(before)
    assert bool(last) is aside
    assert await reviews.load_set_aside(database) == ([last] if aside else [])


async def test_earlier_reviews_do_not_count_after_a_restore(database: Database) -> None:
    for number in range(1, 11):
        await store_correction(database, number)
    await decide_all(database, *[REJECTED] * 5)
    assert await reviews.next_pending(database, ADMINS) is None
    assert await reviews.restore(database, "restore", ALEX, ANNA, NOW)
    assert not await reviews.restore(database, "restore again", ALEX, ANNA, NOW)
    assert await reviews.load_set_aside(database) == []
    pending = await reviews.next_pending(database, ADMINS)
    assert pending is not None
    assert (pending.key.id, pending.author) == (6, ReviewRecord(ANNA, 0, 0))
    for number in range(6, 10):
        key = await correction_key(database, number)
        ruling = Review(f"{number}", ALEX, key, REJECTED, NOW + 1)
        assert await reviews.decide(database, ruling) == (ReviewOutcome.STORED, None)
    key = await correction_key(database, 10)
    _, record = await reviews.decide(database, Review("10", ALEX, key, REJECTED, NOW + 1))
    assert record == ReviewRecord(ANNA, 0, 5)
    # An earlier tap that is delivered again changes nothing.
    assert not await reviews.restore(database, "restore", ALEX, ANNA, NOW + 2)
    assert await reviews.load_set_aside(database) == [record]


async def test_a_repeated_tap_decides_once(database: Database) -> None:
    await store_correction(database, 1)
    ruling = Review("tap", ALEX, await correction_key(database, 1), SKIPPED, NOW)
    assert (await reviews.decide(database, ruling))[0] is ReviewOutcome.STORED
    assert (await reviews.decide(database, ruling))[0] is ReviewOutcome.REPEATED
    assert (await reviews.decide(database, replace(ruling, callback_id="other")))[
        0
    ] is ReviewOutcome.STORED


async def test_reviews_are_in_the_data_of_user_and_admin(
    database: Database,
) -> None:
    await store_correction(database, 1)
    await decide_all(database, REJECTED)
    about = {"correction_id": 1, "decision": "rejected", "reviewed_at": NOW}
    assert (await records_of(database, ANNA))["reviews"] == [{**about, "by_you": False}]
    assert (await records_of(database, ALEX))["reviews"] == [{**about, "by_you": True}]
    assert (await records_of(database, BEN))["reviews"] == []
    assert str(ALEX) not in str(await records_of(database, ANNA))


async def test_being_set_aside_is_in_the_user_data_and_erased(database: Database) -> None:
    for number in range(1, 6):
        await store_correction(database, number)
    await decide_all(database, *[REJECTED] * 5)
    (user,) = (await records_of(database, ANNA))["users"]
    assert user["set_aside_at"] == NOW
    await user_data.erase(database, ANNA)
    assert await reviews.load_set_aside(database) == []
    assert (await records_of(database, ALEX))["reviews"] == []
