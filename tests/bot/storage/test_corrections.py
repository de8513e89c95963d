import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import AnswerNotFoundError, FaceExpiredError, NotYoursError, UnknownButtonError
from bot.storage.answers import Answer, Label
from bot.storage.corrections import GRACE_S, Tap, load_tapped
from bot.storage.crops import erase_expired
from bot.storage.database import Database
from bot.storage.schema import corrections, faces, processed_taps
from bot.storage.users import MAX_REDELIVERY_S
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, WEEK_S, answered, correct, judged

HAPPY, SAD, NOT_A_FACE = Label.HAPPY, Label.SAD, Label.NOT_A_FACE


class Thumb:
    """Taps under one answer, each an event of its own."""

    def __init__(self, database: Database, answer: Answer) -> None:
        self._database = database
        self._taps = 0
        self.tap = Tap("0", ANNA, False, answer.id, NOW)

    async def says(self, label: Label | None, number: int = 0, **others: object) -> Answer:
        self._taps += 1
        tap = replace(self.tap, **{"id": str(self._taps), **others})
        return await correct(self._database, tap, number, label)


@pytest.fixture
async def thumb(database: Database) -> Thumb:
    return Thumb(database, await answered(database, judged(0.9, 0.1)))


async def history(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(corrections.c.user_id, corrections.c.said).order_by(corrections.c.id)
        )
        return [(row.user_id, row.said) for row in rows]


async def crops(database: Database) -> list[bytes | None]:
    async with database.reading() as connection:
        return list((await connection.execute(select(faces.c.crop).order_by(faces.c.id))).scalars())


async def test_what_is_said_is_the_label(thumb: Thumb, database: Database) -> None:
    answer = await thumb.says(SAD)
    assert [face.label for face in answer.faces] == [SAD, None]
    assert await load_tapped(database, thumb.tap) == answer


async def test_a_change_of_mind_and_an_undo_are_history(thumb: Thumb, database: Database) -> None:
    await thumb.says(SAD)
    assert (await thumb.says(NOT_A_FACE)).faces[0].label is NOT_A_FACE
    assert (await thumb.says(None)).faces[0].label is None
    assert (await thumb.says(HAPPY)).faces[0].label is HAPPY
    said = [what for _, what in await history(database)]
    assert said == ["sad", "not_a_face", "withdrawn", "happy"]


async def test_saying_it_twice_is_saying_it_once(thumb: Thumb, database: Database) -> None:
    await asyncio.gather(*(thumb.says(SAD) for _ in range(5)))
    assert await history(database) == [(ANNA, "sad")]
    await thumb.says(None)
    await thumb.says(None)
    assert await history(database) == [(ANNA, "sad"), (ANNA, "withdrawn")]


async def test_nothing_said_cannot_be_taken_back(thumb: Thumb, database: Database) -> None:
    await thumb.says(None)
    assert await history(database) == []


async def test_a_tap_that_comes_again_after_others_changes_nothing(
    thumb: Thumb, database: Database
) -> None:
    await thumb.says(SAD, id="10")
    await thumb.says(None, id="11")
    for _ in range(2):
        answer = await thumb.says(SAD, id="10")
        assert answer.faces[0].label is None
    assert len(await history(database)) == 2


async def test_somebody_else_may_not(thumb: Thumb, database: Database) -> None:
    with pytest.raises(NotYoursError):
        await thumb.says(SAD, user_id=BEN)
    with pytest.raises(NotYoursError):
        await load_tapped(database, replace(thumb.tap, user_id=BEN))
    assert await history(database) == []


async def test_an_admin_may_agree_and_take_back(thumb: Thumb, database: Database) -> None:
    await thumb.says(SAD)
    assert (await thumb.says(SAD, user_id=ALEX, is_admin=True)).faces[0].label is SAD
    assert (await thumb.says(None, user_id=ALEX, is_admin=True)).faces[0].label is None
    assert await history(database) == [(ANNA, "sad"), (ALEX, "sad"), (ALEX, "withdrawn")]


async def test_an_answer_that_does_not_exist_is_told_from_a_face_that_does_not(
    thumb: Thumb, database: Database
) -> None:
    with pytest.raises(AnswerNotFoundError):
        await thumb.says(SAD, answer_id=999)
    with pytest.raises(UnknownButtonError):
        await thumb.says(SAD, number=2)
    assert await history(database) == []


async def test_after_a_week_it_is_too_late(thumb: Thumb, database: Database) -> None:
    with pytest.raises(FaceExpiredError):
        await thumb.says(SAD, now=NOW + WEEK_S)
    assert await history(database) == []


async def test_unlabelled_crops_expire_and_labelled_ones_stay(
    thumb: Thumb, database: Database
) -> None:
    await thumb.says(SAD, number=1)
    assert await erase_expired(database, NOW + WEEK_S - 1) == 0
    assert await erase_expired(database, NOW + WEEK_S) == 1
    assert await crops(database) == [None, b"crop 1 of picture"]
    # A mind may be changed about what stayed.
    await thumb.says(HAPPY, number=1, now=NOW + WEEK_S)
    await thumb.says(None, number=1, now=NOW + WEEK_S)
    assert await erase_expired(database, NOW + WEEK_S + GRACE_S - 1) == 0
    assert await erase_expired(database, NOW + WEEK_S + GRACE_S) == 1
    assert await crops(database) == [None, None]


async def test_a_photo_sent_again_is_kept_again(thumb: Thumb, database: Database) -> None:
    await erase_expired(database, NOW + WEEK_S)
    await answered(database, judged(0.9, 0.1), message=2, now=NOW + WEEK_S)
    assert await crops(database) == [b"crop 0 of picture", b"crop 1 of picture"]
    assert (await thumb.says(SAD, now=NOW + WEEK_S + 1)).faces[0].label is SAD


async def test_taps_are_forgotten_when_they_cannot_come_again(
    thumb: Thumb, database: Database
) -> None:
    await thumb.says(SAD)
    for later, left in ((MAX_REDELIVERY_S, 1), (MAX_REDELIVERY_S + 1, 0)):
        await erase_expired(database, NOW + later)
        async with database.reading() as connection:
            ids = (await connection.execute(select(processed_taps.c.id))).all()
        assert len(ids) == left
