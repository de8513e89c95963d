"""What is stored about a photo that was answered."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Connection, Engine, Select, event, select, text

from bot.context import MoodApplication
from bot.storage.database import Database
from bot.storage.schema import answers, faces, photos
from model.errors import DamagedImageError
from tests.support.fake_model import CROP, HAPPY, FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, GROUP, FakeTelegram
from tests.support.fake_telegram import ANNA as ANNA_USER
from tests.support.fake_user import FakeUser, change_settings, command

ANNA = ANNA_USER["id"]


async def rows(database: Database, query: Select[Any]) -> list[tuple[Any, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(query)]


@contextmanager
def executed_statements() -> Iterator[list[str]]:
    """Collect the statements that are executed in the block."""
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_the_crop_is_stored_without_loss_and_the_photo_is_not(
    anna: FakeUser, database: Database, file: Path
) -> None:
    await anna.send(anna.photo(b"the very bytes of the photo"))
    ((crop,),) = await rows(database, select(faces.c.crop))
    with Image.open(BytesIO(crop)) as kept:
        assert kept.format == "PNG"
        assert np.array_equal(np.asarray(kept), CROP)
    await database.truncate_log()  # as is done every hour; the log held the update
    everything = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"the very bytes" not in everything
    assert b"Anna" not in everything


async def test_user_verdict_and_model_version_are_stored(
    anna: FakeUser, database: Database, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(0.9, 0.1, version="mood-3")
    message = anna.photo()
    await anna.send(message)
    who = select(answers.c.user_id, answers.c.chat_id, answers.c.message_id, answers.c.delivered)
    assert await rows(database, who) == [(ANNA, ANNA, message["message_id"], True)]
    what = select(photos.c.model_version, photos.c.verdict, photos.c.probability_happy)
    assert await rows(database, what) == [("mood-3", "unsure", 0.5)]
    each = select(faces.c.box_right, faces.c.score, faces.c.verdict, faces.c.probability_happy)
    assert await rows(database, each) == [(9, 0.9, "happy", 0.9), (9, 0.9, "sad", 0.1)]


async def test_no_crop_of_a_whole_picture_is_stored(
    anna: FakeUser, database: Database, predictor: FakePredictor
) -> None:
    predictor.default = verdict_with(whole=0.9)
    await anna.send(anna.photo())
    kept = select(faces.c.crop, faces.c.box_left, faces.c.verdict)
    assert await rows(database, kept) == [(None, None, "happy")]


async def test_every_judged_photo_of_an_album_is_stored(
    anna: FakeUser, database: Database, predictor: FakePredictor
) -> None:
    predictor.outcomes[b"bad"] = DamagedImageError()
    album = [anna.photo(data, media_group_id="a") for data in (b"1", b"bad", b"3")]
    await anna.send(*album)
    assert await rows(database, select(answers.c.message_id)) == [(album[0]["message_id"],)]
    assert len(await rows(database, select(photos.c.id))) == 2


async def test_a_refused_photo_is_not_stored(
    anna: FakeUser, database: Database, predictor: FakePredictor
) -> None:
    predictor.default = DamagedImageError()
    await anna.send(anna.photo())
    assert await rows(database, select(answers.c.id)) == []


async def test_a_photo_asked_about_by_another_belongs_to_its_sender(
    anna: FakeUser, database: Database
) -> None:
    photo = anna.photo(chat=GROUP)
    asking = anna.message(chat=GROUP, **command("/mood"), reply_to_message=photo)
    await anna.send({**asking, "from": ALEX})
    assert await rows(database, select(answers.c.user_id)) == [(ANNA,)]


async def test_photos_of_bots_are_answered_without_buttons(
    anna: FakeUser, database: Database, telegram: FakeTelegram
) -> None:
    drawing = {**anna.photo(), "from": {"id": 5, "is_bot": True, "first_name": "Bot"}}
    await anna.send(anna.message(**command("/mood"), reply_to_message=drawing))
    (sent,) = telegram.called("sendMessage")
    assert "reply_markup" not in sent
    assert await rows(database, select(photos.c.id)) == []


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_locked_database_costs_the_buttons_but_not_the_answer(
    anna: FakeUser, telegram: FakeTelegram, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await anna.send(anna.photo())
        (sent,) = telegram.called("sendMessage")
        assert sent["text"] == HAPPY
        assert "reply_markup" not in sent
        other.execute("ROLLBACK")
    assert "goes out without buttons: database is locked" in caplog.text
    await anna.send(anna.photo())
    assert "reply_markup" in telegram.called("sendMessage")[1]


@pytest.mark.usefixtures("sqlite_only")
async def test_a_full_disk_costs_the_buttons_but_not_the_answer(
    anna: FakeUser, telegram: FakeTelegram, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def fill(connection: Connection) -> None:
        # The limit belongs to the connection, and the pool opens only one here.
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await database.read(fill)
    await anna.send(anna.photo())
    (sent,) = telegram.called("sendMessage")
    assert sent["text"] == HAPPY
    assert "reply_markup" not in sent
    assert "database or disk is full" in caplog.text
    assert await rows(database, select(answers.c.id)) == []
    await database.read(
        lambda connection: connection.execute(text("PRAGMA max_page_count = 1000000")).close()
    )
    await anna.send(anna.photo())
    assert "reply_markup" in telegram.called("sendMessage")[1]


async def test_a_question_answered_before_a_restart_is_not_answered_again(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    message = anna.photo()
    album = [anna.photo(media_group_id="a"), anna.photo(media_group_id="a")]
    for update_id in (90, 95):
        await anna.send(message, update_id=update_id)
        await anna.send(*album, update_id=update_id + 1)
        application.services.seen.clear()  # as a restart does
    assert [text.splitlines()[0] for text in telegram.texts] == [HAPPY, "2 pictures: 2 😊"]


async def test_an_album_answered_before_is_not_answered_again_with_errors(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    application: MoodApplication,
) -> None:
    album = [anna.photo(media_group_id="a"), anna.photo(media_group_id="a")]
    await anna.send(*album, update_id=90)
    application.services.seen.clear()  # as a restart does
    predictor.default = DamagedImageError()
    await anna.send(*album, update_id=95)
    assert [text.splitlines()[0] for text in telegram.texts] == ["2 pictures: 2 😊"]


async def test_a_photo_takes_three_write_transactions(anna: FakeUser) -> None:
    with executed_statements() as statements:
        await anna.send(anna.photo())
    begin = ("BEGIN IMMEDIATE", "pg_advisory_xact_lock")
    begun = [one for one in statements if any(part in one for part in begin)]
    assert len(begun) == 3  # it came in, the answer, and that it is delivered and counted


async def test_photos_of_an_album_do_not_exceed_the_quota_together(
    anna: FakeUser, telegram: FakeTelegram, application: MoodApplication
) -> None:
    change_settings(application, bot_photos_a_day=3)
    album = [anna.photo(media_group_id="a") for _ in range(5)]
    await application.inbox.accept(
        [{"update_id": 900 + number, "message": one} for number, one in enumerate(album)]
    )
    await application.inbox.wait_until_empty()
    assert telegram.texts[0].startswith("5 pictures: 3 😊")


@pytest.mark.usefixtures("sqlite_only")
async def test_a_photo_executes_nothing_about_replicas(anna: FakeUser) -> None:
    with executed_statements() as statements:
        await anna.send(anna.photo())
    of_others = ("replicas", "chat_owners", "SELECT inbox.")
    assert [one for one in statements for part in of_others if part in one] == []
