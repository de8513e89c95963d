import asyncio
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from bot.storage import accepted_labels, crops, user_data
from bot.storage.accepted_labels import Decision
from bot.storage.answers import Label
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.schema import reviews, users
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, WEEK_S, answered, correct, judged

HAPPY, SAD, NOT_A_FACE = Label.HAPPY, Label.SAD, Label.NOT_A_FACE
CARLA, DAN, EVE = 3, 4, 5
TRUSTED = frozenset({ALEX})


class Crowd:
    """People who send pictures and say what is in them, a second after each other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._number = count(1)

    async def says(
        self, user: int, label: Label | None, name: str = "picture", version: str = "fake"
    ) -> int:
        """Send a picture and label its face; returns the id of the correction."""
        number = next(self._number)
        answer = await answered(
            self.database, judged(0.9, name=name, version=version), user=user, message=number
        )
        tap = Tap(str(number), user, False, answer.id, NOW + number)
        await correct(self.database, tap, 0, label)
        return number

    async def decides(self, correction: int, decision: Decision) -> None:
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

    async def heard(self) -> list[tuple[int, str]]:
        """Whose words count, and what they are."""
        return [
            (one.user_id, str(one.label))
            for one in await accepted_labels.load(self.database, TRUSTED)
        ]


@pytest.fixture
async def crowd(database: Database) -> Crowd:
    await answered(database, judged(0.1, name="another"), user=ALEX, message=1000)
    return Crowd(database)


async def test_of_a_trusted_user_every_word_counts_at_once(crowd: Crowd) -> None:
    await crowd.says(ALEX, SAD)
    (one,) = await accepted_labels.load(crowd.database, TRUSTED)
    assert (one.user_id, one.label, one.correction_id, one.accepted_at) == (ALEX, SAD, 1, NOW + 1)
    assert [crop async for crop in crops.stream(crowd.database, [one.face_id])] == [
        (one.face_id, b"crop 0 of picture")
    ]
    assert await accepted_labels.load(crowd.database, frozenset()) == []


async def test_the_newest_word_about_a_face_is_the_one_that_counts(crowd: Crowd) -> None:
    await crowd.says(ALEX, SAD)
    await crowd.says(ALEX, HAPPY)
    assert await crowd.heard() == [(ALEX, "happy")]


async def test_what_was_withdrawn_does_not_count(crowd: Crowd) -> None:
    await crowd.says(ALEX, SAD)
    await crowd.says(ALEX, None)
    assert await crowd.heard() == []


async def test_no_face_is_no_lesson_about_moods(crowd: Crowd) -> None:
    await crowd.says(ALEX, NOT_A_FACE)
    assert await crowd.heard() == []


async def test_a_picture_without_a_face_is_no_lesson(database: Database) -> None:
    answer = await answered(database, judged(), user=ALEX)
    await correct(database, Tap("1", ALEX, True, answer.id, NOW), 0, SAD)
    assert await accepted_labels.load(database, TRUSTED) == []


async def test_anybody_else_is_heard_when_two_agree_about_the_same_picture(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    assert await crowd.heard() == []
    await crowd.says(BEN, SAD, name="a different picture")
    assert await crowd.heard() == []
    await crowd.says(BEN, SAD)
    assert await crowd.heard() == [(ANNA, "sad"), (BEN, "sad")]
    both = await accepted_labels.load(crowd.database, TRUSTED)
    assert {one.accepted_at for one in both} == {NOW + 3}
    assert both[0].crop_digest == both[1].crop_digest
    await crowd.says(CARLA, SAD)
    assert {one.accepted_at for one in await accepted_labels.load(crowd.database, TRUSTED)} == {
        NOW + 3
    }


async def test_two_labels_of_one_user_are_no_agreement(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(ANNA, SAD, version="a newer model")
    assert await crowd.heard() == []


async def test_of_what_a_user_says_about_equal_pictures_the_newest_is_heard(crowd: Crowd) -> None:
    await crowd.says(ALEX, SAD)
    await crowd.says(ALEX, HAPPY, version="a newer model")
    assert await crowd.heard() == [(ALEX, "happy")]


async def test_those_who_disagree_are_not_heard(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(BEN, HAPPY)
    assert await crowd.heard() == []
    await crowd.says(CARLA, SAD)
    assert await crowd.heard() == [(ANNA, "sad"), (CARLA, "sad")]
    await crowd.says(DAN, HAPPY)
    assert await crowd.heard() == []
    await crowd.says(EVE, SAD)
    assert await crowd.heard() == [(ANNA, "sad"), (CARLA, "sad"), (EVE, "sad")]


async def test_who_takes_it_back_no_longer_agrees(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(BEN, SAD)
    await crowd.says(ANNA, None)
    assert await crowd.heard() == []


async def test_a_trusted_user_is_not_outvoted(crowd: Crowd) -> None:
    for user in (ANNA, BEN, CARLA):
        await crowd.says(user, SAD)
    await crowd.says(ALEX, HAPPY)
    assert await crowd.heard() == [(ALEX, "happy")]


async def test_what_an_admin_accepted_counts_until_the_mind_is_changed(crowd: Crowd) -> None:
    word = await crowd.says(ANNA, SAD)
    await crowd.decides(word, Decision.ACCEPTED)
    (one,) = await accepted_labels.load(crowd.database, TRUSTED)
    assert (one.user_id, one.accepted_at) == (ANNA, NOW + 2)
    await crowd.says(ANNA, HAPPY)
    assert await crowd.heard() == []
    await crowd.says(ANNA, SAD)
    assert await crowd.heard() == []


async def test_what_an_admin_accepted_is_not_outvoted(crowd: Crowd) -> None:
    await crowd.decides(await crowd.says(ANNA, SAD), Decision.ACCEPTED)
    for user in (BEN, CARLA, DAN):
        await crowd.says(user, HAPPY)
    assert await crowd.heard() == [(ANNA, "sad")]


async def test_what_was_skipped_may_still_be_agreed_upon(crowd: Crowd) -> None:
    await crowd.decides(await crowd.says(ANNA, SAD), Decision.SKIPPED)
    assert await crowd.heard() == []
    await crowd.says(BEN, SAD)
    assert await crowd.heard() == [(ANNA, "sad"), (BEN, "sad")]


async def test_what_an_admin_rejected_never_counts_however_many_say_it(crowd: Crowd) -> None:
    await crowd.decides(await crowd.says(ANNA, SAD), Decision.REJECTED)
    await crowd.says(BEN, SAD)
    await crowd.says(CARLA, SAD)
    assert await crowd.heard() == []
    # Nor when its author says something else by now.
    await crowd.says(ANNA, None)
    await crowd.says(DAN, SAD)
    assert await crowd.heard() == []
    assert [one.user_id for one in await accepted_labels.load(crowd.database, {ANNA, BEN})] == [BEN]


async def test_who_was_set_aside_is_not_heard(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(BEN, SAD)
    await crowd.decides(await crowd.says(BEN, SAD, name="other"), Decision.ACCEPTED)
    await crowd.sets_aside(BEN)
    assert await crowd.heard() == []
    # Whom the operator trusts by name is heard nevertheless.
    assert BEN in {one.user_id for one in await accepted_labels.load(crowd.database, {BEN})}


async def test_an_erased_user_no_longer_agrees(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(BEN, SAD)
    await user_data.erase(crowd.database, BEN)
    assert await crowd.heard() == []


async def test_what_an_admin_decided_stays_when_the_admin_is_erased(
    crowd: Crowd, file: Path
) -> None:
    good = await crowd.says(ANNA, SAD, name="one")
    bad = await crowd.says(ANNA, HAPPY, name="two")
    await crowd.says(BEN, HAPPY, name="two")
    await crowd.decides(good, Decision.ACCEPTED)
    await crowd.decides(bad, Decision.REJECTED)
    assert await crowd.heard() == [(ANNA, "sad")]
    await user_data.erase(crowd.database, ALEX)
    await crowd.database.scrub()
    assert await crowd.heard() == [(ANNA, "sad")]
    everything = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert ALEX.to_bytes(6, "big") not in everything


async def test_who_agrees_may_do_so_at_the_same_moment(crowd: Crowd) -> None:
    await asyncio.gather(*(crowd.says(user, SAD) for user in (ANNA, BEN, CARLA)))
    assert sorted(user for user, _ in await crowd.heard()) == [CARLA, ANNA, BEN]


async def test_a_face_that_came_back_is_known_by_its_crop(crowd: Crowd) -> None:
    await crowd.says(ANNA, SAD)
    await crowd.says(ANNA, None)
    await crops.erase_expired(crowd.database, NOW + WEEK_S)
    await crowd.says(ANNA, SAD)
    await crowd.says(BEN, SAD)
    assert len(await crowd.heard()) == 2


async def test_crops_come_in_portions_in_the_order_asked_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.crops.BATCH_SIZE", 2)
    await answered(database, judged(*[0.9] * 5))
    found = [(face, crop) async for face, crop in crops.stream(database, [5, 1, 99, 3, 2, 4])]
    assert [face for face, _ in found] == [5, 1, 3, 2, 4]
    assert found[0][1] == b"crop 4 of picture"
