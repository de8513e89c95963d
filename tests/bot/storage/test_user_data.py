import json
from itertools import count as count_from
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.errors import AnswerNotFoundError
from bot.storage import corrections, menus, user_data
from bot.storage.answers import AnswerKey
from bot.storage.corrections import Tap
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.menus import MenuKey, chat_scope
from bot.storage.schema import inbox
from bot.storage.user_data import UserCounts
from tests.support.stored_answers import ALEX, ANNA, BEN, NOW, correct, new_photo, store_answer
from tests.support.user_records import records_of

NOTHING = UserCounts(0, 0, 0, 0, 0, 0, 0, None)


@pytest.fixture
async def database_with_taps(database: Database) -> Database:
    """Anna sent three photos and labelled three of four faces; Alex, an admin, the fourth."""
    pictures = [
        new_photo(0.9, 0.1, name="two"),
        new_photo(0.5, name="unsure"),
        new_photo(name="whole"),
    ]
    taps = map(str, count_from(1))
    for message, picture in enumerate(pictures):
        answer = await store_answer(database, picture, message=message)
        tap = Tap(next(taps), ANNA, False, answer.key, NOW)
        await correct(database, tap, 0, Label.HAPPY)
        if message == 0:
            admin = Tap(next(taps), ALEX, True, answer.key, NOW)
            await correct(database, admin, 1, Label.HAPPY)
    await store_answer(database, new_photo(0.8, name="two"), user=BEN)
    return database


async def test_counts_of_a_user(database_with_taps: Database) -> None:
    # The verdicts "not sure" and "neutral" are neither right nor wrong.
    for message, label in enumerate((Label.NEUTRAL, Label.HAPPY), 10):
        picture = new_photo(0.1, name=f"{message}", neither=[0.9])
        answer = await store_answer(database_with_taps, picture, user=BEN, message=message)
        await correct(database_with_taps, Tap(f"{message}", BEN, False, answer.key, NOW), 0, label)
    bens = await user_data.count(database_with_taps, BEN)
    assert (bens.corrections, bens.labelled, bens.sure, bens.right) == (2, 2, 0, 0)
    assert await user_data.count(database_with_taps, ANNA) == UserCounts(
        photos=3, faces=3, kept=3, corrections=3, labelled=4, sure=3, right=2, language=None
    )
    assert await user_data.count(database_with_taps, 1) == NOTHING


async def test_a_label_that_was_changed_counts_once_and_one_taken_back_does_not_count(
    database: Database,
) -> None:
    answer = await store_answer(database, new_photo(0.9, 0.1))
    for number, (face, label) in enumerate(
        [(0, Label.SAD), (0, Label.HAPPY), (1, Label.HAPPY), (1, None)]
    ):
        await correct(database, Tap(str(number), ANNA, False, answer.key, NOW), face, label)
    assert (await user_data.count(database, ANNA)).corrections == 1
    admin = Tap("admin", ALEX, True, answer.key, NOW)
    await correct(database, admin, 0, Label.NOT_A_FACE)
    assert (await user_data.count(database, ANNA)).corrections == 1


async def test_user_data_is_complete_and_names_nobody_else(database_with_taps: Database) -> None:
    held = await records_of(database_with_taps, ANNA)
    assert [user["first_seen_at"] for user in held["users"]] == [NOW]
    assert [len(held[table]) for table in ("answers", "photos", "faces")] == [3, 3, 4]
    assert [face["crop"] for face in held["faces"]] == [True, True, True, False]
    assert [tap["id"] for tap in held["taps"]] == ["1", "3", "4"]
    assert [one["by_you"] for one in held["corrections"]] == [True, False, True, True]
    assert str(ALEX) not in str(held)
    assert str(BEN) not in str(held)


def encoded_id(user: int) -> list[bytes]:
    """Return a user's id as text, and as SQLite encodes a number of this size."""
    return [str(user).encode(), user.to_bytes(6, "big")]


def found_in_files(folder: Path, *needles: bytes) -> list[bytes]:
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    return [needle for needle in needles if needle in everything]


async def test_no_traces_of_an_erased_user_are_in_the_files(
    database_with_taps: Database, file: Path
) -> None:
    annas = [*encoded_id(ANNA), b"crop 1 of two", b"crop 0 of unsure"]
    # Ids are never stored as text.
    assert len(found_in_files(file.parent, *annas)) == 3
    erased = await user_data.erase(database_with_taps, ANNA)
    await database_with_taps.scrub()
    assert erased is not None
    assert (erased.photos, erased.corrections) == (3, 3)
    assert found_in_files(file.parent, *annas) == []
    assert await user_data.count(database_with_taps, ANNA) == NOTHING
    assert not await user_data.is_known(database_with_taps, ANNA)
    assert not any((await records_of(database_with_taps, ANNA)).values())


async def test_a_second_erasure_finds_nothing(database_with_taps: Database) -> None:
    assert await user_data.is_known(database_with_taps, ANNA)
    await user_data.erase(database_with_taps, ANNA)
    assert await user_data.erase(database_with_taps, ANNA) is None


async def test_data_of_other_users_stays(database_with_taps: Database, file: Path) -> None:
    await user_data.erase(database_with_taps, ANNA)
    await database_with_taps.scrub()
    assert (await user_data.count(database_with_taps, BEN)).photos == 1
    assert found_in_files(file.parent, encoded_id(BEN)[1])


async def test_erasing_an_admin_erases_the_admins_corrections(database_with_taps: Database) -> None:
    await user_data.erase(database_with_taps, ALEX)
    assert (await user_data.count(database_with_taps, ANNA)).labelled == 3


async def test_the_id_of_an_erased_answer_is_never_used_again(database_with_taps: Database) -> None:
    await user_data.erase(database_with_taps, BEN)
    await user_data.erase(database_with_taps, ANNA)
    newer = await store_answer(database_with_taps, new_photo(0.9, name="new"))
    tap = Tap("50", ANNA, False, AnswerKey(1, None), NOW)
    with pytest.raises(AnswerNotFoundError):
        await corrections.load_tapped(database_with_taps, tap)
    assert newer.id > 4


async def store_update(database: Database, update_id: int, user: int) -> None:
    """Store a message that waits."""
    content = json.dumps({"update_id": update_id, "message": {"from": {"id": user}}})
    waiting = {"kind": "message", "chat_id": user, "user_id": user, "received_at": NOW}
    async with database.writing() as connection:
        await connection.execute(
            insert(inbox).values(
                update_id=update_id, content=content, attempts=0, state="pending", **waiting
            )
        )


async def test_what_waits_is_erased_with_all_traces(database: Database, file: Path) -> None:
    await store_update(database, 7, ANNA)
    await store_update(database, 8, ANNA)
    await store_update(database, 9, BEN)
    assert await user_data.is_known(database, ANNA, request=8)
    assert await user_data.erase(database, ANNA, request=8) == NOTHING
    assert await database.needs_scrub()
    await database.scrub()
    assert found_in_files(file.parent, *encoded_id(ANNA)) == []
    async with database.reading() as connection:
        rows = (await connection.execute(select(inbox).order_by(inbox.c.id))).all()
    assert [(row.update_id, row.kind, row.user_id, row.chat_id, row.state) for row in rows] == [
        (7, "message", None, None, "done"),
        (8, "message", None, None, "done"),
        (9, "message", BEN, BEN, "pending"),
    ]
    assert [row.content is None for row in rows] == [True, True, False]


async def test_the_request_itself_is_nothing_to_erase(database: Database) -> None:
    await store_update(database, 8, ANNA)
    assert not await user_data.is_known(database, ANNA, request=8)
    assert await user_data.erase(database, ANNA, request=8) is None
    async with database.reading() as connection:
        assert (await connection.execute(select(inbox.c.state))).scalar() == "pending"


async def test_the_record_of_an_admins_menu_is_erased(database: Database) -> None:
    await menus.record(database, MenuKey(chat_scope(ALEX), "de"), "digest")
    assert (await records_of(database, ALEX))["menus"] == [
        {"scope": f"chat {ALEX}", "language": "de", "digest": "digest"}
    ]
    assert await user_data.erase(database, ALEX) == NOTHING
    assert await menus.load(database) == {}
