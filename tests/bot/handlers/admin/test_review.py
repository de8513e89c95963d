"""The review of corrections by admins."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update
from telegram.error import BadRequest

from bot.context import MoodApplication
from bot.handlers.admin.review import SIDE
from bot.replies import account as account_replies
from bot.replies import help as help_replies
from bot.replies import review as review_replies
from bot.storage import accepted_labels
from bot.storage.database import Database
from bot.storage.schema import corrections, reviews, users
from tests.support.admin_buttons import decision_button
from tests.support.fake_model import FakePredictor, verdict_with
from tests.support.fake_telegram import ALEX, ANNA, BEN, GROUP, FakeTelegram, Json
from tests.support.fake_user import FakeUser, change_settings, command

ADMINS = frozenset({ALEX["id"], BEN["id"]})
SAD = "It's 😢 Sad"
CHOICE = ["✔ Accept", "✘ Reject", "Skip"]
ACCEPT, REJECT, SKIP = CHOICE

rng = np.random.default_rng(1)


@pytest.fixture(autouse=True)
def two_admins(application: MoodApplication) -> None:
    change_settings(application, bot_admins=ADMINS)


async def corrected(anna: FakeUser, predictor: FakePredictor, *probabilities: float) -> None:
    """Let Anna send a face for each probability of happy, and label it sad."""
    for probability in probabilities:
        crop = rng.integers(0, 256, (96, 96, 3), np.uint8)  # a different face each time
        predictor.default = replace(verdict_with(probability), crops=(crop,))
        await anna.send(anna.photo())
        await anna.tap(SAD if probability > 0.5 else "It's 😊 Happy")


async def send_review_command(anna: FakeUser, text: str = "/review", user: Json = ALEX) -> None:
    await anna.send({**anna.message(**command(text)), "from": user})


def shown(telegram: FakeTelegram) -> list[str]:
    """Return the second line of each caption, or the text that was shown instead."""
    captions = []
    for name, call in telegram.calls:
        if name == "editMessageMedia":
            captions.append(call["media"]["caption"])
        elif name == "sendPhoto":
            captions.append(call["caption"])
    return [caption.splitlines()[0] for caption in captions]


async def decisions(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        found = await connection.execute(
            select(reviews.c.correction_id, reviews.c.decision).order_by(reviews.c.correction_id)
        )
        return [tuple(row) for row in found]


async def counting_corrections(database: Database) -> list[int]:
    return [one.correction_id for one in await accepted_labels.load(database, ADMINS)]


async def test_a_correction_is_shown_with_verdict_label_and_record(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await send_review_command(anna)
    (sent,) = telegram.called("sendPhoto")
    assert sent["caption"].splitlines() == [
        "I said: 😊 Happy, 97\u202f% sure (fake).",
        "User 1001 says: 😢 Sad.",
        "None of their corrections has been reviewed yet.",
        "2 to review",
    ]
    with Image.open(BytesIO(sent["photo"])) as face:
        assert face.size == (SIDE, SIDE)
    assert telegram.labels == CHOICE


async def test_an_accepted_correction_counts_and_the_next_one_is_shown(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await send_review_command(anna)
    await anna.tap(ACCEPT, user=ALEX)
    assert telegram.toasts[-1] == "Accepted."
    assert await counting_corrections(database) == [1]
    assert len(telegram.called("sendPhoto")) == 1
    (edit,) = telegram.called("editMessageMedia")
    assert edit["media"]["caption"].startswith("I said: 😊 Happy, 90")
    assert "So far 1 accepted, 0 rejected." in edit["media"]["caption"]
    assert telegram.labels == CHOICE


async def test_a_rejected_correction_does_not_count_or_come_again(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    await anna.tap(REJECT, user=ALEX)
    assert telegram.toasts[-1] == "Rejected."
    assert await counting_corrections(database) == []
    assert shown(telegram)[-1] == review_replies.nothing_left()
    await send_review_command(anna)
    assert telegram.texts[-1] == review_replies.nothing_left()


async def test_a_skipped_correction_comes_again_after_the_others(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97, 0.9, 0.1)
    await send_review_command(anna)
    for _ in range(5):
        await anna.tap(SKIP, user=ALEX)
    sure = [line.split(", ")[1][:2] for line in shown(telegram)]
    assert sure == ["97", "90", "90", "97", "90", "90"]
    assert "😢" in shown(telegram)[2]
    assert "😢" in shown(telegram)[5]
    await corrected(anna, predictor, 0.8)
    await send_review_command(anna)
    assert "80" in shown(telegram)[-1]
    assert await counting_corrections(database) == []


async def test_a_second_review_continues_where_the_first_one_was(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await corrected(anna, predictor, 0.97, 0.9, 0.8)
    await send_review_command(anna)
    await anna.tap(ACCEPT, user=ALEX)
    await send_review_command(anna)
    assert shown(telegram)[1] == shown(telegram)[2]


async def test_with_nothing_to_review_it_says_so(anna: FakeUser, telegram: FakeTelegram) -> None:
    await send_review_command(anna)
    assert telegram.texts == ["Nothing left to review."]


async def test_corrections_of_trusted_users_are_not_reviewed(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, application: MoodApplication
) -> None:
    await corrected(anna, predictor, 0.97)
    trusted = frozenset({ANNA["id"]})
    change_settings(application, bot_trusted=trusted)
    await send_review_command(anna)
    assert telegram.texts[-1] == review_replies.nothing_left()


async def test_for_other_users_the_command_is_unknown(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await corrected(anna, predictor, 0.97)
    before = len(telegram.texts)
    for text in ("/review", "/no_such_command"):
        await send_review_command(anna, text, user=ANNA)
    await anna.send({**anna.message(chat=GROUP, **command("/review")), "from": ALEX})
    assert telegram.texts[before:] == [help_replies.send_a_photo()] * 2


@pytest.mark.parametrize("action", ["a", "r", "s", "u"])
async def test_a_forged_tap_of_another_user_changes_nothing(
    anna: FakeUser,
    telegram: FakeTelegram,
    predictor: FakePredictor,
    database: Database,
    action: str,
) -> None:
    await corrected(anna, predictor, 0.97)
    data = "rv:u:1001" if action == "u" else await decision_button(database, action, 1)
    calls = len(telegram.calls)
    await anna.press(data, user=ANNA)
    assert telegram.toasts[-1].startswith("I do not know this button")
    assert [name for name, _ in telegram.calls[calls:]] == ["answerCallbackQuery"]
    assert await decisions(database) == []


@pytest.mark.parametrize(
    "data",
    ["rv:", "rv:a:", "rv:a:-1", "rv:a:1", "rv:x:1-00000000", "rv:a:9999999999999999999-00000000"],
)
async def test_a_tap_with_malformed_or_outdated_data_is_refused(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database, data: str
) -> None:
    await corrected(anna, predictor, 0.97)
    await anna.press(data, user=ALEX)
    assert telegram.toasts[-1] == "This button no longer works. Send the command again, please."
    assert await decisions(database) == []


async def test_faces_are_only_shown_in_private_chats(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await anna.press(await decision_button(database, "s", 1), user=ALEX, chat=GROUP)
    assert telegram.toasts[-1].startswith("This button no longer works")
    assert telegram.called("editMessageMedia") == []


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


async def test_the_only_correction_stays_when_skipped(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await corrected(anna, predictor, 0.97)
    await send_review_command(anna)
    telegram.fail("editMessageMedia", BadRequest("Message is not modified: same as before"))
    await anna.tap(SKIP, user=ALEX)
    assert telegram.toasts[-1].startswith("Skipped")
    assert len(telegram.called("sendPhoto")) == 1


async def test_a_message_that_cannot_be_edited_is_followed_by_a_new_one(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor
) -> None:
    await corrected(anna, predictor, 0.97, 0.9)
    await send_review_command(anna)
    telegram.fail("editMessageMedia", BadRequest("Message to edit not found"))
    await anna.tap(ACCEPT, user=ALEX)
    assert len(telegram.called("sendPhoto")) == 2
    assert telegram.labels == CHOICE


async def test_a_user_who_is_often_rejected_is_set_aside_until_restored(
    anna: FakeUser, telegram: FakeTelegram, predictor: FakePredictor, database: Database
) -> None:
    await corrected(anna, predictor, *[0.97] * 6)
    await send_review_command(anna)
    for label in (ACCEPT, ACCEPT, REJECT, REJECT):
        await anna.tap(label, user=ALEX)
    assert await counting_corrections(database) == [1, 2]
    await anna.press(await decision_button(database, "r", 5), user=ALEX)
    assert telegram.texts[-1] == (
        "From now on I ignore the corrections of user 1001, for learning and in reviews. "
        "So far 2 accepted, 3 rejected."
    )
    assert await counting_corrections(database) == []
    assert shown(telegram)[-1] == review_replies.nothing_left()
    await send_review_command(anna)
    assert telegram.texts[-2].splitlines() == [
        "Ignored, because their corrections kept being rejected:",
        "User 1001. So far 2 accepted, 3 rejected.",
    ]
    assert telegram.labels == ["Stop ignoring 1001"]
    await anna.tap("Stop ignoring 1001", user=ALEX)
    assert telegram.called("editMessageText")[-1]["text"] == "Nobody is ignored."
    assert await counting_corrections(database) == [1, 2]
    # One more rejection does not set the user aside again.
    await anna.press(await decision_button(database, "r", 6), user=ALEX)
    async with database.reading() as connection:
        aside = select(users.c.id).where(users.c.set_aside_at.is_not(None))
        assert (await connection.execute(aside)).all() == []


async def test_a_user_who_is_not_set_aside_cannot_be_restored(
    anna: FakeUser, telegram: FakeTelegram
) -> None:
    await anna.press("rv:u:1001", user=ALEX)
    assert telegram.toasts[-1] == "User 1001 is not ignored."


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
