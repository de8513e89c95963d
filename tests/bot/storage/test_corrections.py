import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.errors import AnswerNotFoundError, FaceExpiredError, NotYoursError, UnknownButtonError
from bot.storage.answers import Answer, AnswerKey
from bot.storage.corrections import GRACE_S, Tap, load_tapped
from bot.storage.crops import erase_expired
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.schema import corrections, faces, processed_taps
from bot.storage.users import MAX_REDELIVERY_S
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


class Tapper:
    """Taps under one answer, each a callback query of its own."""

    def __init__(self, database: Database, answer: Answer) -> None:
        self._database = database
        self._taps = 0
        self.tap = Tap("0", ANNA, False, answer.key, NOW)

    async def taps(self, label: Label | None, number: int = 0, **others: object) -> Answer:
        self._taps += 1
        tap = replace(self.tap, **{"id": str(self._taps), **others})
        return await correct(self._database, tap, number, label)


@pytest.fixture
async def tapper(database: Database) -> Tapper:
    return Tapper(database, await store_answer(database, new_photo(0.9, 0.1)))


async def history(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(
            select(corrections.c.user_id, corrections.c.said).order_by(corrections.c.id)
        )
        return [(row.user_id, row.said) for row in rows]


async def crops(database: Database) -> list[bytes | None]:
    async with database.reading() as connection:
        return list((await connection.execute(select(faces.c.crop).order_by(faces.c.id))).scalars())


async def test_a_correction_sets_the_label(tapper: Tapper, database: Database) -> None:
    answer = await tapper.taps(SAD)
    assert [face.label for face in answer.faces] == [SAD, None]
    assert await load_tapped(database, tapper.tap) == answer


async def test_the_returned_answer_is_the_stored_one_also_if_a_face_occurs_twice(
    database: Database,
) -> None:
    answer = await store_answer(database, new_photo(0.9), new_photo(0.9, position=1))
    for number, label in enumerate((SAD, None)):  # taking it back renews the expiry
        tap = Tap(str(number), ANNA, False, answer.key, NOW + WEEK_S - 1)
        changed = await correct(database, tap, 0, label)
        assert [face.label for face in changed.faces] == [label, label]
        assert changed == await load_tapped(database, tap)


async def test_changed_and_withdrawn_labels_stay_in_the_history(
    tapper: Tapper, database: Database
) -> None:
    await tapper.taps(SAD)
    assert (await tapper.taps(NOT_A_FACE)).faces[0].label is NOT_A_FACE
    assert (await tapper.taps(None)).faces[0].label is None
    assert (await tapper.taps(HAPPY)).faces[0].label is HAPPY
    said = [what for _, what in await history(database)]
    assert said == ["sad", "not_a_face", "withdrawn", "happy"]


async def test_the_same_label_twice_is_stored_once(tapper: Tapper, database: Database) -> None:
    await asyncio.gather(*(tapper.taps(SAD) for _ in range(5)))
    assert await history(database) == [(ANNA, "sad")]
    await tapper.taps(None)
    await tapper.taps(None)
    assert await history(database) == [(ANNA, "sad"), (ANNA, "withdrawn")]


async def test_without_a_label_there_is_nothing_to_take_back(
    tapper: Tapper, database: Database
) -> None:
    await tapper.taps(None)
    assert await history(database) == []


async def test_a_tap_that_is_delivered_again_after_others_changes_nothing(
    tapper: Tapper, database: Database
) -> None:
    await tapper.taps(SAD, id="10")
    await tapper.taps(None, id="11")
    for _ in range(2):
        answer = await tapper.taps(SAD, id="10")
        assert answer.faces[0].label is None
    assert len(await history(database)) == 2


async def test_other_users_are_refused(tapper: Tapper, database: Database) -> None:
    with pytest.raises(NotYoursError):
        await tapper.taps(SAD, user_id=BEN)
    with pytest.raises(NotYoursError):
        await load_tapped(database, replace(tapper.tap, user_id=BEN))
    assert await history(database) == []


async def test_an_admin_can_confirm_and_take_back_a_label(
    tapper: Tapper, database: Database
) -> None:
    await tapper.taps(SAD)
    assert (await tapper.taps(SAD, user_id=ALEX, is_admin=True)).faces[0].label is SAD
    assert (await tapper.taps(None, user_id=ALEX, is_admin=True)).faces[0].label is None
    assert await history(database) == [(ANNA, "sad"), (ALEX, "sad"), (ALEX, "withdrawn")]


async def test_a_missing_answer_and_a_missing_face_raise_different_errors(
    tapper: Tapper, database: Database
) -> None:
    with pytest.raises(AnswerNotFoundError):
        await tapper.taps(SAD, answer=AnswerKey(999, None))
    with pytest.raises(UnknownButtonError):
        await tapper.taps(SAD, number=2)
    assert await history(database) == []


async def test_an_expired_face_is_refused(tapper: Tapper, database: Database) -> None:
    with pytest.raises(FaceExpiredError):
        await tapper.taps(SAD, now=NOW + WEEK_S)
    assert await history(database) == []


async def test_only_crops_without_a_label_expire(tapper: Tapper, database: Database) -> None:
    await tapper.taps(SAD, number=1)
    assert await erase_expired(database, NOW + WEEK_S - 1) == 0
    assert await erase_expired(database, NOW + WEEK_S) == 1
    assert await crops(database) == [None, b"crop 1 of picture"]
    # The label of the face that stayed can be changed and taken back.
    await tapper.taps(HAPPY, number=1, now=NOW + WEEK_S)
    await tapper.taps(None, number=1, now=NOW + WEEK_S)
    assert await erase_expired(database, NOW + WEEK_S + GRACE_S - 1) == 0
    assert await erase_expired(database, NOW + WEEK_S + GRACE_S) == 1
    assert await crops(database) == [None, None]


async def test_a_repeated_photo_is_kept_again(tapper: Tapper, database: Database) -> None:
    await erase_expired(database, NOW + WEEK_S)
    await store_answer(database, new_photo(0.9, 0.1), message=2, now=NOW + WEEK_S)
    assert await crops(database) == [b"crop 0 of picture", b"crop 1 of picture"]
    assert (await tapper.taps(SAD, now=NOW + WEEK_S + 1)).faces[0].label is SAD


async def test_processed_taps_are_deleted_when_they_cannot_come_again(
    tapper: Tapper, database: Database
) -> None:
    await tapper.taps(SAD)
    for later, left in ((MAX_REDELIVERY_S, 1), (MAX_REDELIVERY_S + 1, 0)):
        await erase_expired(database, NOW + later)
        async with database.reading() as connection:
            ids = (await connection.execute(select(processed_taps.c.id))).all()
        assert len(ids) == left
