"""Photos that are sent again after the model version has changed keep their labels."""

from dataclasses import replace

from sqlalchemy import func, select, update

from bot.storage import accepted_labels, crops, user_data
from bot.storage.answers import Answer, AnswerKey
from bot.storage.corrections import Tap, load_tapped, load_tapped_crop
from bot.storage.crops import Crop
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.photos import NewPhoto
from bot.storage.schema import answers, corrections, faces
from model.prediction.results import Box
from tests.support.fake_model import verdict_with
from tests.support.stored_answers import ANNA, BEN, NOW, WEEK_S, correct, new_photo, store_answer
from tests.support.user_records import records_of


def tap(answer: Answer, number: int = 1, now: int = NOW) -> Tap:
    return Tap(str(number), ANNA, False, answer.key, now)


async def load_crop(database: Database, answer: Answer) -> Crop:
    _, crop = await load_tapped_crop(database, tap(answer), 0)
    return crop


def with_boxes(picture: NewPhoto, *boxes: Box) -> NewPhoto:
    """Return the photo with other boxes around its faces."""
    placed = tuple(
        replace(face, box=box) for face, box in zip(picture.verdict.faces, boxes, strict=True)
    )
    return replace(picture, verdict=replace(picture.verdict, faces=placed))


def whole_picture(version: str) -> NewPhoto:
    return NewPhoto(0, "picture", verdict_with(whole=0.9, version=version), ())


async def stored_labels(database: Database) -> list[tuple[int, str]]:
    query = select(corrections.c.face_id, corrections.c.said).order_by(corrections.c.id)
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_label_is_found_by_a_newer_model_and_counts_once(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, version="v1"))
    await correct(database, tap(first), 0, Label.SAD)
    again = await store_answer(database, new_photo(0.1, version="v2"), message=2)
    (face,), (before,) = again.faces, first.faces
    assert face.label is Label.SAD
    assert face.id != before.id
    assert (face.verdict, face.probability_happy) == ("sad", 0.1)
    third = await store_answer(database, new_photo(0.7, version="v3"), message=3)
    assert third.faces[0].label is Label.SAD
    assert len(await accepted_labels.load(database, {ANNA})) == 1
    assert await stored_labels(database) == [(before.id, "sad")]


async def test_taps_under_all_answers_about_a_photo_are_one_history(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, version="v1"))
    again = await store_answer(database, new_photo(0.4, version="v2"), message=2)
    await correct(database, tap(again, 1), 0, Label.SAD)
    assert (await correct(database, tap(again, 2), 0, Label.SAD)).faces[0].label is Label.SAD
    shown = await correct(database, tap(first, 3), 0, None)
    assert shown.faces[0].label is None
    last = await correct(database, tap(again, 4), 0, Label.HAPPY)
    assert last.faces[0].label is Label.HAPPY
    original = first.faces[0].id
    assert await stored_labels(database) == [
        (original, "sad"),
        (original, "withdrawn"),
        (original, "happy"),
    ]
    ((word),) = await accepted_labels.load(database, {ANNA})
    assert word.label is Label.HAPPY


async def test_faces_are_matched_by_their_boxes_not_their_order(database: Database) -> None:
    left, right = Box(0, 0, 100, 100), Box(300, 0, 400, 100)
    first = await store_answer(database, with_boxes(new_photo(0.9, 0.1, version="v1"), left, right))
    await correct(database, tap(first), 0, Label.SAD)
    moved, new = Box(290, 10, 395, 110), Box(600, 0, 700, 100)
    farther = Box(-200, 0, -100, 100)
    others = with_boxes(new_photo(0.6, 0.2, 0.8, 0.6, version="v2"), farther, left, moved, new)
    again = await store_answer(database, others, message=2)
    assert [face.label for face in again.faces] == [None, Label.SAD, None, None]
    assert [face.original_id for face in again.faces] == [
        again.faces[0].id,
        first.faces[0].id,
        first.faces[1].id,
        again.faces[3].id,
    ]


async def test_two_faces_never_match_the_same_one(database: Database) -> None:
    box, nearly = Box(0, 0, 100, 100), Box(5, 0, 105, 100)
    first = await store_answer(database, with_boxes(new_photo(0.9, version="v1"), box))
    await correct(database, tap(first), 0, Label.SAD)
    again = await store_answer(
        database, with_boxes(new_photo(0.9, 0.8, version="v2"), box, nearly), message=2
    )
    assert [face.label for face in again.faces] == [Label.SAD, None]


async def test_whole_pictures_match_but_not_with_faces(database: Database) -> None:
    first = await store_answer(database, whole_picture("v1"))
    await correct(database, tap(first), 0, Label.SAD)
    again = await store_answer(database, whole_picture("v2"), message=2)
    assert again.faces[0].label is Label.SAD
    with_face = await store_answer(database, new_photo(0.9, version="v3"), message=3)
    assert with_face.faces[0].label is None


async def test_photos_of_other_users_and_other_photos_do_not_match(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, version="v1"))
    await correct(database, tap(first), 0, Label.SAD)
    others = [
        await store_answer(database, new_photo(0.9, version="v2"), user=BEN),
        await store_answer(database, new_photo(0.9, version="v2", name="another")),
    ]
    assert [answer.faces[0].label for answer in others] == [None, None]


async def test_the_crop_is_stored_once_and_its_expiry_is_renewed(
    database: Database,
) -> None:
    first = await store_answer(database, new_photo(0.9, version="v1"))
    late = NOW + WEEK_S
    assert await crops.erase_expired(database, late) == 1
    again = await store_answer(database, new_photo(0.4, version="v2"), message=2, now=late)
    crop = await load_crop(database, again)
    assert (crop.png, crop.model_version) == (b"crop 0 of picture", "v2")
    assert (await load_crop(database, first)).model_version == "v1"
    assert {face.expires_at for face in again.faces} == {late + WEEK_S}
    async with database.reading() as connection:
        kept = await connection.execute(select(func.count(faces.c.crop)))
        assert kept.scalar_one() == 1
    # The same again, with a version that has judged the photo before.
    later = late + WEEK_S
    assert await crops.erase_expired(database, later) == 1
    once_more = await store_answer(database, new_photo(0.4, version="v2"), message=3, now=later)
    assert once_more.faces[0].expires_at == later + WEEK_S
    await load_crop(database, once_more)
    await correct(database, tap(once_more, now=later), 0, Label.SAD)
    assert await crops.erase_expired(database, later + 9 * WEEK_S) == 0


async def test_all_verdicts_are_in_the_user_data_and_erased(database: Database) -> None:
    first = await store_answer(database, new_photo(0.9, version="v1"))
    again = await store_answer(database, new_photo(0.4, version="v2"), message=2)
    await correct(database, tap(again), 0, Label.SAD)
    held = await records_of(database, ANNA)
    assert [face["same_as"] for face in held["faces"]] == [None, first.faces[0].id]
    assert len(held["corrections"]) == 1
    await user_data.erase(database, ANNA)
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(faces))).scalar() == 0


async def test_for_its_sender_it_is_one_photo(database: Database) -> None:
    await store_answer(database, new_photo(0.9, 0.8, version="v1"))
    await store_answer(database, new_photo(0.4, 0.3, version="v2"), message=2)
    counts = await user_data.count(database, ANNA)
    assert (counts.photos, counts.faces, counts.kept) == (1, 2, 2)


async def test_a_labelled_face_counts_once_with_the_labelled_verdict(
    database: Database,
) -> None:
    await store_answer(database, new_photo(0.9, version="v1"))
    again = await store_answer(database, new_photo(0.1, version="v2"), message=2)
    await correct(database, tap(again), 0, Label.SAD)
    await store_answer(database, new_photo(0.8, version="v3"), message=3)
    counts = await user_data.count(database, ANNA)
    assert (counts.labelled, counts.sure, counts.right) == (1, 1, 1)


async def test_faces_that_an_earlier_version_of_the_bot_numbered_by_size(
    database: Database,
) -> None:
    left, right = Box(0, 0, 100, 100), Box(300, 0, 450, 150)
    photo = with_boxes(new_photo(0.9, 0.1, crops=(b"right", b"left")), right, left)
    stored = await store_answer(database, photo)
    async with database.writing() as connection:
        await connection.execute(update(answers).values(nonce=None))
    before = replace(tap(stored), answer=AnswerKey(stored.id, None))
    await correct(database, before, 0, Label.SAD)  # the right one
    # The picture under the old buttons shows the old numbers.
    old = await load_tapped(database, before)
    assert [face.label for face in old.faces] == [Label.SAD, None]
    late = NOW + WEEK_S
    assert await crops.erase_expired(database, late) == 1
    numbered = with_boxes(new_photo(0.1, 0.9, crops=(b"left", b"right")), left, right)
    again = await store_answer(database, numbered, message=2, now=late)
    assert [face.label for face in again.faces] == [None, Label.SAD]
    assert [face.id for face in again.faces] == [face.id for face in reversed(old.faces)]
    async with database.reading() as connection:
        kept = [(await crops.load(connection, face.id)).png for face in again.faces]
    assert kept == [b"left", b"right"]
