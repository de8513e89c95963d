"""/retrain: what admins are asked, shown and told."""

import asyncio
import logging

import pytest
from sqlalchemy import update
from telegram.error import BadRequest, Forbidden, NetworkError

from bot.context import MoodApplication
from bot.i18n import StoredMessage
from bot.replies import retraining as replies
from bot.replies.photos import outdated_button
from bot.retraining.eta import estimate
from bot.storage import user_data
from bot.storage.database import Database
from bot.storage.labels import Label
from bot.storage.run_notifications import unnotified_runs
from bot.storage.runs import State
from bot.storage.schema import corrections
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from tests.support.admin_buttons import start_button
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, ANNA, BEN, FakeTelegram
from tests.support.fake_user import FakeUser, from_alex
from tests.support.labelled_faces import label_faces
from tests.support.retraining_runs import begin_run, finish_run, wait_for_edit
from tests.support.scripted_retraining import WAIT, FakeProgram, failed, started, training

ADMIN = ALEX["id"]


async def ask(anna: FakeUser) -> None:
    await anna.send(from_alex(anna, "/retrain"))


async def tap(anna: FakeUser, label: str) -> None:
    await anna.tap(label, ALEX, chat=ALEXS_CHAT)


async def start_training(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    program: FakeProgram,
    epoch: int = 1,
) -> int:
    """Start a retraining as the admin, and wait until an epoch is shown; return the run's id."""
    await label_faces(database, range(3), user=ADMIN)
    await ask(anna)
    run = await begin_run(database)
    program.set_output(started(run), training(run, epoch), WAIT)
    await tap(anna, "Start")
    await wait_for_edit(telegram, "Epoch")
    return run


async def test_retrain_says_what_is_new_and_asks(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await label_faces(database, range(20), user=ADMIN)
    await label_faces(database, range(20, 26), user=ADMIN, label=Label.SAD)
    await ask(anna)
    seconds = sum(estimate(26, None).values())
    assert telegram.texts[-1].splitlines() == [
        "There are 26 faces to learn from.",
        "• 😊 Happy: 10, 😢 Sad: 16",
        "• 1 user: 26 by 1000",
        "",
        f"This takes about {seconds:.0f} s. I keep answering photos meanwhile.",
    ]
    assert telegram.labels == ["Start", "Cancel"]
    await tap(anna, "Cancel")
    assert await wait_for_edit(telegram, "nothing was started")


async def test_retrain_with_nothing_new_says_so(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await ask(anna)
    assert telegram.texts[-1] == replies.nothing_new(None, 0)
    await label_faces(database, [90], user=ANNA["id"])
    await ask(anna)
    assert telegram.texts[-1] == (
        "There is nothing to learn from yet. 1 correction does not count yet: see /review."
    )
    await user_data.erase(database, ANNA["id"])
    await label_faces(database, range(3), user=ADMIN)
    await finish_run(database, await begin_run(database), State.KEPT)
    await ask(anna)
    assert telegram.texts[-1] == "There is nothing new to learn since 2027-01-15 08:00 UTC."
    await label_faces(database, range(3, 5), user=ADMIN)
    await ask(anna)
    assert "There are 2 new faces to learn from since 2027" in telegram.texts[-1]


@pytest.mark.usefixtures("retraining_service")
async def test_the_progress_is_shown_and_then_the_result(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    run = await start_training(anna, telegram, database, program, epoch=15)
    assert (await wait_for_edit(telegram, "Epoch")).splitlines() == [
        "Learning from the corrections",
        "▓▓▓░░░░░░░░░ 25\u202f%",
        "Step 2 of 4: training",
        "Epoch 15 of 30",
        "Loss 0.210, accuracy 95.0\u202f%",
        "About 12 s left",
    ]
    assert telegram.labels == ["Stop"]
    why = (
        StoredMessage("Better on corrections."),
        StoredMessage("{low} < 0.9 & so on", {"low": "0.2"}),
    )
    await finish_run(database, run, State.PROMOTED, *why)
    await program.resume()
    await wait_for_edit(telegram, replies.over())
    await telegram.wait_for_calls("sendMessage", 2)
    assert telegram.called("sendMessage")[-1]["parse_mode"] == "HTML"
    assert telegram.texts[-1].splitlines() == [
        "<b>✅ Better than the old one, so I use it from now on</b>",
        "new is now in use, instead of old.",
        "<pre>         before      after",
        "Validation faces",
        "right    93.9\u202f%     93.8\u202f%",
        "95\u202f%  92.7–95.0  92.6–95.0",
        "ECE       0.018      0.017",
        "faces      1538       1538",
        "Corrections",
        "right    20.0\u202f%     90.0\u202f%",
        "95\u202f%   5.0–40.0 70.0–100.0",
        "ECE       0.300      0.050",
        "faces         8          8</pre>",
        "• Better on corrections.",
        "• 0.2 &lt; 0.9 &amp; so on",
    ]


@pytest.mark.usefixtures("retraining_service")
async def test_two_taps_start_one_retraining(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    program: FakeProgram,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await label_faces(database, range(3), user=ADMIN)
    await ask(anna)
    program.set_output(started(1), WAIT)
    await asyncio.gather(tap(anna, "Start"), tap(anna, "Start"))
    assert caplog.text.count("Retraining started, process") == 1
    assert {*telegram.toasts} <= {"", replies.running_already()}
    await ask(anna)
    assert "Learning from the corrections" in telegram.texts[-1]


@pytest.mark.usefixtures("retraining_service")
async def test_a_start_that_is_delivered_again_starts_nothing(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    program.set_output(status=3)
    start = await start_button(database)
    for number in (901, 902):  # ids of updates; a restarted bot knows the first no more
        await anna.press(start, ALEX, number, chat=ALEXS_CHAT, query_id="the same")
        await wait_for_edit(telegram, "nothing new to learn")
    assert telegram.toasts == ["", replies.not_running()]


@pytest.mark.usefixtures("retraining_service")
async def test_a_retraining_can_be_stopped(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    run = await start_training(anna, telegram, database, program)
    await finish_run(database, run, State.STOPPED)
    (stop,) = [button["callback_data"] for button in telegram.buttons]
    await tap(anna, "Stop")
    assert "The model in use has not changed" in await wait_for_edit(telegram, "was stopped before")
    await anna.press(stop, ALEX, chat=ALEXS_CHAT)
    assert telegram.toasts[-1] == replies.over_already()


@pytest.mark.usefixtures("retraining_service")
async def test_a_retraining_that_fails_at_once_says_why(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    program.set_output(failed(None, "the disk is full"), status=1)
    await anna.press(await start_button(database), ALEX, chat=ALEXS_CHAT)
    assert "the disk is full" in await wait_for_edit(telegram, "The retraining failed.")


async def test_only_admins_can_press_the_buttons(
    anna: FakeUser,
    telegram: FakeTelegram,
    application: MoodApplication,
    database: Database,
    program: FakeProgram,
) -> None:
    program.set_output(WAIT)
    start = await start_button(database)
    for user in (ANNA, BEN):
        await anna.press(start, user)
        assert "I do not know this button" in telegram.toasts[-1]
    assert not application.services.retraining.is_running
    await anna.press("retrain:nonsense", ALEX)
    assert "This button no longer works" in telegram.toasts[-1]


async def test_after_the_database_was_lost_an_old_offer_starts_nothing(
    anna: FakeUser,
    telegram: FakeTelegram,
    application: MoodApplication,
    database: Database,
    program: FakeProgram,
) -> None:
    program.set_output(WAIT)
    start = await start_button(database)
    async with database.writing() as connection:
        # As if it were a correction of the new database, which has the same id.
        await connection.execute(update(corrections).values(said_at=1))
    for data in (start, "retrain:start"):  # the other is a button of an earlier version
        await anna.press(data, ALEX, chat=ALEXS_CHAT)
        assert "This button no longer works" in telegram.toasts[-1]
    assert not application.services.retraining.is_running


@pytest.mark.usefixtures("retraining_service")
async def test_an_old_stop_button_does_not_stop_a_later_retraining(
    anna: FakeUser,
    telegram: FakeTelegram,
    application: MoodApplication,
    database: Database,
    program: FakeProgram,
) -> None:
    await start_training(anna, telegram, database, program)
    for data in ("retrain:stop:00000000", "retrain:stop"):
        await anna.press(data, ALEX, chat=ALEXS_CHAT)
    assert telegram.toasts[-2:] == [replies.over_already(), outdated_button()]
    assert application.services.retraining.is_running


async def test_a_retraining_from_the_command_line_is_reported(
    anna: FakeUser, telegram: FakeTelegram, database: Database, registry: Registry
) -> None:
    with acquire_lock(registry.retrain_lock):
        await ask(anna)
        assert telegram.texts[-1] == replies.running_elsewhere(None)
        await begin_run(database, by=None)
        await ask(anna)
        assert "since 2027-01-15 08:00 UTC" in telegram.texts[-1]
        await begin_run(database)
        await ask(anna)
        assert telegram.texts[-1] == replies.running_for_another(1_800_000_000)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.PROMOTED, "✅ Better than the old one, so I use it from now on"),
        (State.KEPT, "⏸ I kept the old one"),
        (State.FAILED, "The retraining failed.\nwhy\n"),
        (State.STOPPED, "The retraining was stopped"),
        (State.RUNNING, "The retraining of 2027-01-15 08:00 UTC was interrupted.\nIt was killed"),
    ],
)
async def test_after_a_restart_the_admin_is_notified_of_the_end_once(
    application: MoodApplication,
    telegram: FakeTelegram,
    database: Database,
    state: State,
    told: str,
) -> None:
    await label_faces(database, range(3), user=ADMIN)
    for _ in range(2):
        run = await begin_run(database)
        if state is not State.RUNNING:
            await finish_run(database, run, state, StoredMessage("why"))
        await application.services.retraining_notifier.update()
    sent = telegram.called("sendMessage")
    assert [call["chat_id"] for call in sent] == [ADMIN, ADMIN]
    assert all(told in call["text"] for call in sent)


async def test_admins_are_notified_in_the_language_of_their_app(
    anna: FakeUser, application: MoodApplication, telegram: FakeTelegram, database: Database
) -> None:
    await anna.send({**from_alex(anna, "/help"), "from": {**ALEX, "language_code": "de"}})
    await finish_run(database, await begin_run(database, by=None), State.STOPPED)
    await application.services.retraining_notifier.update()
    assert telegram.texts[-1].startswith("Das Training wurde angehalten")


async def test_while_telegram_is_away_the_notification_waits(
    application: MoodApplication, telegram: FakeTelegram, database: Database
) -> None:
    await finish_run(database, await begin_run(database, by=None), State.KEPT)
    telegram.fail("sendMessage", NetworkError("away"))
    for _ in range(2):
        await application.services.retraining_notifier.update()
    assert await unnotified_runs(database) == []


async def test_an_admin_who_blocked_the_bot_counts_as_notified(
    application: MoodApplication, telegram: FakeTelegram, database: Database
) -> None:
    await finish_run(database, await begin_run(database), State.KEPT)
    telegram.fail("sendMessage", Forbidden("bot was blocked by the user"))
    await application.services.retraining_notifier.update()
    assert await unnotified_runs(database) == []


@pytest.mark.usefixtures("retraining_service")
async def test_an_admin_who_deleted_the_progress_message_is_notified_too(
    anna: FakeUser, telegram: FakeTelegram, database: Database, program: FakeProgram
) -> None:
    run = await start_training(anna, telegram, database, program)
    telegram.fail("editMessageText", *[BadRequest("Message to edit not found")] * 9)
    await finish_run(database, run, State.FAILED, StoredMessage("why"))
    await program.resume()
    await telegram.wait_for_calls("sendMessage", 2)
    assert "The retraining failed.\nwhy" in telegram.texts[-1]
