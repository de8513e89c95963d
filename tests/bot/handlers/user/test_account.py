"""The commands about a user's own data."""

import asyncio
import json
import logging
import sqlite3
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select
from telegram.error import BadRequest

from bot.context import MoodApplication
from bot.replies import account as account_replies
from bot.replies import help as help_replies
from bot.services.housekeeping import Housekeeper
from bot.storage.database import Database
from bot.storage.schema import metadata
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import BEN, GROUP, FakeTelegram
from tests.support.fake_user import FakeUser, command

NOT_MODIFIED = (
    400,
    {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified"},
)


async def rows(database: Database) -> dict[str, int]:
    """Return the number of rows of each table that has any; of updates, only ids are left."""
    async with database.reading() as connection:
        counts = {
            name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for name, table in metadata.tables.items()
            if name != "inbox"
        }
    return {name: number for name, number in counts.items() if number}


def last_written(file: Path) -> int:
    return file.stat().st_mtime_ns


async def test_privacy_tells_how_long_faces_are_kept(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.message(**command("/privacy")))
    assert "A small cut-out of each face I find, for 7 days." in telegram.texts[0]
    assert telegram.texts[0].startswith("Your photos are not stored")
    assert "/forget erases it" in telegram.texts[0]


async def test_mystats_counts(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await anna.send(anna.message(**command("/mystats")))
    assert telegram.texts[-1] == "You have not sent me any photos, as far as I remember."
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad")
    predictor.default = verdict_with(0.9, 0.1)
    await anna.send(anna.photo())
    await anna.tap("2")
    await anna.tap("👍 Right")
    await anna.send(anna.message(**command("/mystats")))
    assert telegram.texts[-1].splitlines() == [
        "2 photos of yours, 3 faces in them.",
        "You confirmed or corrected me 2 times.",
        "When I was sure and the answer is known, I was right 1 out of 2 times (50\u202f%).",
        "I keep the cut-outs of 3 faces at the moment.",
    ]


async def test_mydata_comes_as_a_file(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/mydata")))
    (sent,) = telegram.called("sendDocument")
    with ZipFile(BytesIO(sent["document"])) as archive:
        assert len(json.loads(archive.read("data.json"))["faces"]) == 1


@pytest.mark.parametrize("text", ["/mydata", "/forget"])
async def test_an_unknown_user_has_no_data(
    anna: FakeUser, telegram: FakeTelegram, text: str
) -> None:
    await anna.send(anna.message(**command(text)))
    assert telegram.texts == [account_replies.nothing_held()]


async def test_forget_asks_once_then_erases_everything(
    anna: FakeUser, telegram: FakeTelegram, database: Database, file: Path
) -> None:
    await anna.send(anna.photo())
    await anna.tap("It's 😢 Sad")
    await anna.send(anna.message(**command("/forget")))
    assert telegram.texts[-1].startswith(
        "Erase everything I keep about you? That is my answers to 1 photo, "
        "the cut-outs of 1 face, 1 correction, and your Telegram id."
    )
    await anna.tap("Erase everything")
    (edit,) = telegram.called("editMessageText")
    assert edit["text"] == (
        "Erased: my answers to 1 photo, the cut-outs of 1 face, 1 correction, and your Telegram "
        "id. I keep nothing about you any more."
    )
    assert await rows(database) == {}
    assert b"PNG" not in b"".join(path.read_bytes() for path in file.parent.iterdir())


async def test_a_tap_under_an_erased_photo_is_refused(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.send(anna.photo())
    await anna.press("forget:yes")
    await anna.tap("It's 😢 Sad")
    assert "I know nothing about this photo any more" in telegram.toasts[-1]


async def test_a_photo_received_before_forget_is_answered_but_not_stored(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await anna.send(anna.photo())
    predictor.began.clear()
    predictor.gate.clear()
    # Four are being judged; the others have not been counted yet.
    photos = [asyncio.create_task(anna.send(anna.photo())) for _ in range(6)]
    assert await asyncio.to_thread(predictor.began.wait, 10)
    await anna.press("forget:yes")
    predictor.gate.set()
    await asyncio.gather(*photos)
    answers = telegram.called("sendMessage")[1:]
    assert [answer["text"] for answer in answers] == ["😊 Happy, 97\u202f% sure"] * 6
    assert not any("reply_markup" in answer for answer in answers)
    assert len([record for record in caplog.records if record.name.startswith("bot.")]) == 2
    assert await rows(database) == {}


async def test_an_album_partly_received_before_forget_is_not_stored(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    application: MoodApplication,
) -> None:
    first, second = (anna.photo(media_group_id="a") for _ in range(2))
    inbox = application.inbox
    await inbox.accept([{"update_id": 901, "message": first}])
    await inbox.accept(
        [anna.tap_update("forget:yes", update_id=902), {"update_id": 903, "message": second}]
    )
    await inbox.wait_until_empty()
    assert telegram.texts[0].startswith("2 pictures: 2 😊")
    assert await rows(database) == {}


async def test_a_photo_received_after_forget_is_stored(anna: FakeUser, database: Database) -> None:
    await anna.send(anna.photo())
    before = await rows(database)
    await anna.press("forget:yes")
    await anna.send(anna.photo())
    assert await rows(database) == before


async def test_a_photo_that_somebody_else_asked_about_before_forget_is_not_stored(
    anna: FakeUser, predictor: FakePredictor, database: Database
) -> None:
    photo = anna.photo(chat=GROUP)
    asks = anna.message(chat=GROUP, **{"from": BEN}, reply_to_message=photo, **command("/mood"))
    predictor.gate.clear()
    asking = asyncio.create_task(anna.send(asks))
    assert await asyncio.to_thread(predictor.began.wait, 10)
    await anna.press("forget:yes")
    predictor.gate.set()
    await asking
    assert await rows(database) == {"users": 1, "daily_counts": 1}  # Ben's


async def test_forget_can_be_cancelled(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send(anna.photo())
    before = await rows(database)
    await anna.send(anna.message(**command("/forget")))
    await anna.tap("Keep it")
    assert telegram.called("editMessageText")[0]["text"] == account_replies.kept()
    assert await rows(database) == before


@pytest.mark.parametrize(
    ("label", "told"), [("Erase everything", "Erased: my answers"), ("Keep it", "Nothing was")]
)
async def test_what_was_done_is_told_even_if_the_question_is_deleted(
    anna: FakeUser, telegram: FakeTelegram, label: str, told: str
) -> None:
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/forget")))
    telegram.fail("editMessageText", BadRequest("Message to edit not found"))
    await anna.tap(label)
    assert telegram.texts[-1].startswith(told)


async def test_a_second_tap_on_keep_changes_nothing(anna: FakeUser, telegram: FakeTelegram) -> None:
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/forget")))
    before = telegram.texts
    await anna.tap("Keep it")
    telegram.fail("editMessageText", NOT_MODIFIED)
    await anna.tap("Keep it")
    assert telegram.texts == before  # no apology
    assert telegram.toasts == ["", ""]


async def test_the_tap_is_acknowledged_before_the_scrub(
    anna: FakeUser, telegram: FakeTelegram, database: Database, application: MoodApplication
) -> None:
    class Witness(Housekeeper):
        """Record which taps have been acknowledged when a scrub begins."""

        async def scrub(self) -> bool:
            self.toasts = telegram.toasts
            return await super().scrub()

    witness = Witness(database)
    application.services = replace(application.services, housekeeper=witness)
    await anna.send(anna.photo())
    await anna.press("forget:yes")
    assert witness.toasts == [""]


async def test_a_tap_of_an_unknown_user_starts_no_scrub(
    anna: FakeUser, telegram: FakeTelegram, file: Path
) -> None:
    before = last_written(file)
    for _ in range(3):
        await anna.press("forget:yes")
    assert last_written(file) == before
    assert telegram.toasts == [account_replies.nothing_held()] * 3
    assert telegram.called("editMessageText") == []


@pytest.mark.parametrize("second", ["Erase everything", "Keep it"])
async def test_a_second_tap_on_erase_leaves_the_message(
    anna: FakeUser, telegram: FakeTelegram, second: str
) -> None:
    await anna.send(anna.photo())
    await anna.send(anna.message(**command("/forget")))
    await anna.tap("Erase everything")
    await anna.tap(second)
    (edit,) = telegram.called("editMessageText")
    assert edit["text"].startswith("Erased: my answers to 1 photo,")
    assert telegram.toasts == ["", account_replies.nothing_held()]


async def test_a_tap_erases_only_the_data_of_the_user_who_taps(
    anna: FakeUser, database: Database
) -> None:
    await anna.send(anna.photo())
    before = await rows(database)
    await anna.press("forget:yes", user=BEN)
    assert await rows(database) == before


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_locked_database_is_not_reported_as_erased(
    anna: FakeUser, telegram: FakeTelegram, database: Database, file: Path
) -> None:
    await anna.send(anna.photo())
    before = await rows(database)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await anna.press("forget:yes")
        other.execute("ROLLBACK")
    assert telegram.toasts == [account_replies.storage_unavailable()]
    assert telegram.called("editMessageText") == []
    assert await rows(database) == before


async def test_traces_left_by_a_failed_scrub_are_mentioned(
    anna: FakeUser, telegram: FakeTelegram, file: Path
) -> None:
    await anna.send(anna.photo())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM faces").fetchall()
        await anna.press("forget:yes")
    assert telegram.called("editMessageText")[0]["text"].endswith("be gone within an hour.")


async def test_the_commands_get_no_answer_in_groups(anna: FakeUser, telegram: FakeTelegram) -> None:
    for text in ("/privacy", "/mystats", "/mydata", "/forget"):
        await anna.send(anna.message(chat=GROUP, **command(text)))
    assert telegram.texts == []


def test_every_command_of_the_menu_is_explained() -> None:
    assert {name for name, _ in help_replies.commands()} == {
        "whoami",
        "start",
        "help",
        "language",
        "mystats",
        "mydata",
        "forget",
        "privacy",
    }
    for _, description in help_replies.commands():
        assert 3 <= len(description) <= 256
