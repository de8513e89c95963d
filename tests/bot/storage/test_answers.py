import pytest

from bot.errors import AnsweredBeforeError
from bot.storage import answers
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from tests.support.stored_answers import ANNA, BEN, NOW, WEEK_S, correct, new_photo, store_answer


async def test_an_answer_holds_its_photos_and_faces(database: Database) -> None:
    album = [
        new_photo(0.9, 0.1, name="a"),
        new_photo(name="b", position=2),
        new_photo(0.6, 0.7, name="c"),
    ]
    answer = await store_answer(database, *album[:2])
    assert answer.user_id == ANNA
    assert [(picture.position, picture.whole_picture) for picture in answer.photos] == [
        (0, False),
        (2, True),
    ]
    assert [face.verdict for face in answer.faces] == ["happy", "sad", "happy"]
    assert [face.label for face in answer.faces] == [None] * 3
    assert {face.expires_at for face in answer.faces} == {NOW + WEEK_S}


async def test_a_repeated_photo_keeps_its_faces_and_labels(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, 0.1))
    tap = Tap("1", ANNA, False, first.key, NOW)
    await correct(database, tap, 1, Label.HAPPY)
    again = await store_answer(database, new_photo(0.9, 0.1), message=2, now=NOW + 99)
    assert again.id != first.id
    assert [face.id for face in again.faces] == [face.id for face in first.faces]
    assert [face.label for face in again.faces] == [None, Label.HAPPY]
    assert {face.expires_at for face in again.faces} == {NOW + 99 + WEEK_S}


async def test_users_and_model_versions_have_faces_of_their_own(
    database: Database,
) -> None:
    answers = [
        await store_answer(database, new_photo(0.9)),
        await store_answer(database, new_photo(0.9), user=BEN),
        await store_answer(database, new_photo(0.9, version="newer")),
    ]
    assert len({answer.faces[0].id for answer in answers}) == 3


async def test_the_same_photo_twice_in_an_album_is_stored_once(database: Database) -> None:
    answer = await store_answer(database, new_photo(0.9), new_photo(0.9, position=1))
    assert answer.faces[0].id == answer.faces[1].id


async def test_only_a_delivered_answer_counts_as_answered(database: Database) -> None:
    await store_answer(database, message=5)
    answer = await store_answer(database, message=5)  # the first one has not reached the chat
    async with database.writing() as connection:
        await connection.run_sync(answers.mark_delivered, [answer.id])
    with pytest.raises(AnsweredBeforeError):
        await store_answer(database, message=5)
    await store_answer(database, message=6)
    await store_answer(database, message=5, user=BEN)
    await store_answer(database, message=5, now=NOW + 1)
