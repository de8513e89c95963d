"""Decisions of a review that meet another decision, a changed label, or a locked database."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.replies import account as account_replies
from bot.replies import review as review_replies
from bot.storage.database import Database
from bot.storage.schema import corrections
from tests.support.admin_buttons import decision_button
from tests.support.fake_model import FakePredictor
from tests.support.fake_telegram import ALEX, BEN, FakeTelegram
from tests.support.fake_user import FakeUser
from tests.support.reviewing import (
    ACCEPT,
    corrected,
    counting_corrections,
    decisions,
    send_review_command,
    shown,
)

pytestmark = pytest.mark.usefixtures("two_admins")


async def test_the_first_of_two_admins_decides(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await send_review_command(anna)
    await send_review_command(anna, user=BEN)
    await anna.tap(ACCEPT, user=ALEX)
    await anna.press(await decision_button(database, "r", 1), user=BEN)
    assert telegram.toasts[-1] == "Already decided: the first decision stands."
    assert await decisions(database) == [(1, "accepted")]
    assert "90" in shown(telegram)[-1]


async def test_a_double_tap_is_not_mistaken_for_another_admins(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    await asyncio.gather(*(anna.tap(ACCEPT, user=ALEX) for _ in range(2)))
    assert telegram.toasts[-2:] == [
        "Accepted.",
        "Already decided: the first decision stands.",
    ]
    assert await decisions(database) == [(1, "accepted")]


async def test_a_tap_that_is_delivered_again_changes_nothing(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await send_review_command(anna)
    for update_id in (900, 901, 902):
        await anna.press(
            await decision_button(database, "s", 1), user=ALEX, update_id=update_id, query_id="same"
        )
    await anna.press(await decision_button(database, "s", 2), user=ALEX)
    await anna.press(await decision_button(database, "s", 1), user=ALEX, query_id="same")
    assert "97" in shown(telegram)[-1]
    assert await decisions(database) == [(1, "skipped"), (2, "skipped")]


async def test_a_label_that_was_changed_meanwhile_is_not_decided(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await anna.tap("Undo")
    await anna.press(await decision_button(database, "a", 1), user=ALEX)
    assert telegram.toasts[-1].startswith("The user has changed their mind")
    assert await decisions(database) == []


async def test_a_label_that_is_changed_after_the_review_needs_a_new_one(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await anna.tap("✔ It's 😢 Sad")
    (right,) = [b["callback_data"] for b in telegram.buttons if b["text"] == "👍 Right"]
    await anna.press(await decision_button(database, "r", 1), user=ALEX)
    await anna.press(right)
    await send_review_command(anna)
    assert "User 1001 says: 😊 Happy." in telegram.texts[-1]
    await anna.tap(ACCEPT, user=ALEX)
    assert await counting_corrections(database) == [2]


async def test_a_correction_that_was_erased_meanwhile_is_not_decided(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    await anna.press("forget:yes")
    await anna.press(await decision_button(database, "a", 1), user=ALEX)
    assert telegram.toasts[-1] == "I no longer have this correction. Nothing was recorded."
    assert shown(telegram)[-1] == review_replies.nothing_left()


async def test_after_the_database_was_lost_an_old_button_decides_nothing(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    async with database.writing() as connection:
        # As if it were a correction of the new database, which has the same id.
        await connection.execute(update(corrections).values(said_at=1))
    await anna.tap(ACCEPT, user=ALEX)
    assert telegram.toasts[-1] == "I no longer have this correction. Nothing was recorded."
    assert await decisions(database) == []
    await anna.tap(ACCEPT, user=ALEX)  # the button of the correction that was shown instead
    assert await decisions(database) == [(1, "accepted")]


@pytest.mark.usefixtures("short_wait_for_locks")
async def test_a_locked_database_is_reported_and_decides_nothing(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    database: Database,
    file: Path,
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await anna.tap(ACCEPT, user=ALEX)
        other.execute("ROLLBACK")
    assert telegram.toasts[-1] == account_replies.storage_unavailable()
    assert await decisions(database) == []
    await anna.tap(ACCEPT, user=ALEX)
    assert await decisions(database) == [(1, "accepted")]
