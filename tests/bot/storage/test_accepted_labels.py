import asyncio
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.storage import accepted_labels, crops, user_data
from bot.storage import reviews as reviews_of
from bot.storage.accepted_labels import Decision
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.samples import NewSamples, count_new_samples
from bot.storage.schema import reviews, users
from tests.support.stored_answers import (
    ALEX,
    ANNA,
    BEN,
    NOW,
    WEEK_S,
    correct,
    new_photo,
    store_answer,
)

HAPPY, SAD, NOT_A_FACE = Label.HAPPY, Label.SAD, Label.NOT_A_FACE
NEUTRAL = Label.NEUTRAL
CARLA, DAN, EVE = 3, 4, 5
TRUSTED = frozenset({ALEX})


class Crowd:
    """Users who send photos and label them, a second after each other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._number = count(1)

    async def labels(
        self, user: int, label: Label | None, name: str = "picture", version: str = "fake"
    ) -> int:
        """Send a photo and label its face; returns the id of the correction."""
        number = next(self._number)
        answer = await store_answer(
            self.database, new_photo(0.9, name=name, version=version), user=user, message=number
        )
        tap = Tap(str(number), user, False, answer.key, NOW + number)
        await correct(self.database, tap, 0, label)
        return number

    async def reviews(self, correction: int, decision: Decision) -> None:
        async with self.database.writing() as connection:
            await connection.execute(
                insert(reviews).values(
                    correction_id=correction,
                    user_id=ALEX,
                    decision=decision,
                    reviewed_at=NOW + next(self._number),
                )
            )

    async def sets_aside(self, user: int) -> None:
        async with self.database.writing() as connection:
            aside = update(users).where(users.c.id == user).values(set_aside_at=NOW)
            await connection.execute(aside)

    async def counting_labels(self) -> list[tuple[int, str]]:
        """Return the users and labels of the votes that count."""
        return [
            (one.user_id, str(one.label))
            for one in await accepted_labels.load(self.database, TRUSTED)
        ]


@pytest.fixture
async def crowd(database: Database) -> Crowd:
    await store_answer(database, new_photo(0.1, name="another"), user=ALEX, message=1000)
    return Crowd(database)


async def test_a_trusted_users_vote_counts_at_once(crowd: Crowd) -> None:
    await crowd.labels(ALEX, SAD)
    (one,) = await accepted_labels.load(crowd.database, TRUSTED)
    assert (one.user_id, one.label, one.correction_id, one.accepted_at) == (ALEX, SAD, 1, NOW + 1)
    assert [crop async for crop in crops.stream(crowd.database, [one.face_id])] == [
        (one.face_id, b"crop 0 of picture")
    ]
    assert await accepted_labels.load(crowd.database, frozenset()) == []


async def test_only_the_newest_label_of_a_face_counts(crowd: Crowd) -> None:
    await crowd.labels(ALEX, SAD)
    await crowd.labels(ALEX, HAPPY)
    assert await crowd.counting_labels() == [(ALEX, "happy")]


async def test_a_withdrawn_label_does_not_count(crowd: Crowd) -> None:
    await crowd.labels(ALEX, SAD)
    await crowd.labels(ALEX, None)
    assert await crowd.counting_labels() == []


async def test_not_a_face_is_not_loaded(crowd: Crowd) -> None:
    await crowd.labels(ALEX, NOT_A_FACE)
    assert await crowd.counting_labels() == []


async def test_a_label_on_a_whole_picture_does_not_count(database: Database) -> None:
    answer = await store_answer(database, new_photo(), user=ALEX)
    await correct(database, Tap("1", ALEX, True, answer.key, NOW), 0, SAD)
    assert await accepted_labels.load(database, TRUSTED) == []


async def test_two_users_who_agree_on_an_equal_picture_count(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    assert await crowd.counting_labels() == []
    await crowd.labels(BEN, SAD, name="a different picture")
    assert await crowd.counting_labels() == []
    await crowd.labels(BEN, SAD)
    assert await crowd.counting_labels() == [(ANNA, "sad"), (BEN, "sad")]
    both = await accepted_labels.load(crowd.database, TRUSTED)
    assert {one.accepted_at for one in both} == {NOW + 3}
    assert both[0].crop_digest == both[1].crop_digest
    await crowd.labels(CARLA, SAD)
    assert {one.accepted_at for one in await accepted_labels.load(crowd.database, TRUSTED)} == {
        NOW + 3
    }


async def test_two_labels_of_one_user_are_no_agreement(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(ANNA, SAD, version="a newer model")
    assert await crowd.counting_labels() == []


async def test_only_a_users_newest_label_on_equal_pictures_counts(crowd: Crowd) -> None:
    await crowd.labels(ALEX, SAD)
    await crowd.labels(ALEX, HAPPY, version="a newer model")
    assert await crowd.counting_labels() == [(ALEX, "happy")]


async def test_more_than_half_of_the_votes_have_to_agree(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(BEN, HAPPY)
    assert await crowd.counting_labels() == []
    await crowd.labels(CARLA, SAD)
    assert await crowd.counting_labels() == [(ANNA, "sad"), (CARLA, "sad")]
    await crowd.labels(DAN, HAPPY)
    assert await crowd.counting_labels() == []
    await crowd.labels(EVE, SAD)
    assert await crowd.counting_labels() == [(ANNA, "sad"), (CARLA, "sad"), (EVE, "sad")]


async def test_a_withdrawn_vote_no_longer_agrees(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(BEN, SAD)
    await crowd.labels(ANNA, None)
    assert await crowd.counting_labels() == []


async def test_a_trusted_user_is_not_outvoted(crowd: Crowd) -> None:
    for user in (ANNA, BEN, CARLA):
        await crowd.labels(user, SAD)
    await crowd.labels(ALEX, HAPPY)
    assert await crowd.counting_labels() == [(ALEX, "happy")]


async def test_an_accepted_label_counts_until_the_user_changes_it(crowd: Crowd) -> None:
    word = await crowd.labels(ANNA, SAD)
    await crowd.reviews(word, Decision.ACCEPTED)
    (one,) = await accepted_labels.load(crowd.database, TRUSTED)
    assert (one.user_id, one.accepted_at) == (ANNA, NOW + 2)
    await crowd.labels(ANNA, HAPPY)
    assert await crowd.counting_labels() == []
    await crowd.labels(ANNA, SAD)
    assert await crowd.counting_labels() == []


async def test_an_accepted_label_is_not_outvoted(crowd: Crowd) -> None:
    await crowd.reviews(await crowd.labels(ANNA, SAD), Decision.ACCEPTED)
    for user in (BEN, CARLA, DAN):
        await crowd.labels(user, HAPPY)
    assert await crowd.counting_labels() == [(ANNA, "sad")]


async def test_a_skipped_label_can_still_count_by_agreement(crowd: Crowd) -> None:
    await crowd.reviews(await crowd.labels(ANNA, SAD), Decision.SKIPPED)
    assert await crowd.counting_labels() == []
    await crowd.labels(BEN, SAD)
    assert await crowd.counting_labels() == [(ANNA, "sad"), (BEN, "sad")]


async def test_a_rejected_label_never_counts_by_agreement(crowd: Crowd) -> None:
    await crowd.reviews(await crowd.labels(ANNA, SAD), Decision.REJECTED)
    await crowd.labels(BEN, SAD)
    await crowd.labels(CARLA, SAD)
    assert await crowd.counting_labels() == []
    # This holds even if the user has changed the label since.
    await crowd.labels(ANNA, None)
    await crowd.labels(DAN, SAD)
    assert await crowd.counting_labels() == []
    assert [one.user_id for one in await accepted_labels.load(crowd.database, {ANNA, BEN})] == [BEN]


async def test_votes_of_a_user_who_is_set_aside_do_not_count(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(BEN, SAD)
    await crowd.reviews(await crowd.labels(BEN, SAD, name="other"), Decision.ACCEPTED)
    await crowd.sets_aside(BEN)
    assert await crowd.counting_labels() == []
    # The vote counts again if the operator trusts the user.
    assert BEN in {one.user_id for one in await accepted_labels.load(crowd.database, {BEN})}


async def test_an_erased_user_no_longer_agrees(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(BEN, SAD)
    await user_data.erase(crowd.database, BEN)
    assert await crowd.counting_labels() == []


async def test_reviews_stay_when_the_admin_is_erased(crowd: Crowd, file: Path) -> None:
    good = await crowd.labels(ANNA, SAD, name="one")
    bad = await crowd.labels(ANNA, HAPPY, name="two")
    await crowd.labels(BEN, HAPPY, name="two")
    await crowd.reviews(good, Decision.ACCEPTED)
    await crowd.reviews(bad, Decision.REJECTED)
    assert await crowd.counting_labels() == [(ANNA, "sad")]
    await user_data.erase(crowd.database, ALEX)
    await crowd.database.scrub()
    assert await crowd.counting_labels() == [(ANNA, "sad")]
    everything = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert ALEX.to_bytes(6, "big") not in everything


async def test_users_can_agree_at_the_same_moment(crowd: Crowd) -> None:
    await asyncio.gather(*(crowd.labels(user, SAD) for user in (ANNA, BEN, CARLA)))
    assert sorted(user for user, _ in await crowd.counting_labels()) == [CARLA, ANNA, BEN]


async def test_an_expired_face_that_is_sent_again_counts(crowd: Crowd) -> None:
    await crowd.labels(ANNA, SAD)
    await crowd.labels(ANNA, None)
    await crops.erase_expired(crowd.database, NOW + WEEK_S)
    await crowd.labels(ANNA, SAD)
    await crowd.labels(BEN, SAD)
    assert len(await crowd.counting_labels()) == 2


async def test_crops_are_read_in_batches_in_the_given_order(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.crops.BATCH_SIZE", 2)
    await store_answer(database, new_photo(*[0.9] * 5))
    found = [(face, crop) async for face, crop in crops.stream(database, [5, 1, 99, 3, 2, 4])]
    assert [face for face, _ in found] == [5, 1, 3, 2, 4]
    assert found[0][1] == b"crop 4 of picture"


async def test_who_calls_a_face_neutral_teaches_nothing(crowd: Crowd) -> None:
    for user in (ALEX, ANNA, BEN):
        await crowd.labels(user, NEUTRAL)
    assert await crowd.counting_labels() == []
    assert await reviews_of.count_pending(crowd.database, TRUSTED) == 0
    assert await count_new_samples(crowd.database, TRUSTED) == NewSamples(0, 0, 0, 0, {}, 0)


async def test_who_calls_a_face_neutral_disagrees_with_happy_and_sad(crowd: Crowd) -> None:
    for user in (ANNA, BEN):
        await crowd.labels(user, HAPPY, "contested")
        await crowd.labels(user, SAD)
    assert len(await crowd.counting_labels()) == 4
    await crowd.labels(CARLA, NEUTRAL, "contested")
    assert len(await crowd.counting_labels()) == 4  # two of three still say happy
    await crowd.labels(ALEX, NEUTRAL)
    assert await crowd.counting_labels() == [(ANNA, "happy"), (BEN, "happy")]
    assert await reviews_of.count_pending(crowd.database, TRUSTED) == 2
