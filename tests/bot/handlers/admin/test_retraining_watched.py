"""/retrain of a bot without TensorFlow, with and without a watcher."""

import time

import pytest

from bot.context import MoodApplication
from bot.retraining.process import RetrainProcess
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner
from bot.services.retraining_notifier import RetrainingNotifier
from bot.storage import retraining_messages, retraining_requests, retraining_watchers
from bot.storage.database import Database
from model.registry.registry import Registry
from model.retraining.progress import Progress
from tests.support.admin_buttons import start_button
from tests.support.fake_telegram import ALEX, ALEXS_CHAT, FakeTelegram, fake_bot
from tests.support.fake_user import FakeUser, from_alex
from tests.support.labelled_faces import label_faces
from tests.support.retraining_runs import wait_for_edit

ADMIN = ALEX["id"]


@pytest.fixture
def retraining(process: RetrainProcess, remote: RemoteRetraining) -> RetrainingRunner:
    """A bot that cannot train itself."""
    return RetrainingRunner(process, remote, can_train=lambda: False, watch_command="the command")


async def test_without_a_watcher_the_admin_reads_what_to_start(
    anna: FakeUser, telegram: FakeTelegram, database: Database
) -> None:
    await label_faces(database, range(3), user=ADMIN)
    await anna.send(from_alex(anna, "/retrain"))
    first, *rest = telegram.texts[-1].splitlines()
    assert first.startswith("Retraining needs TensorFlow, which is not installed here. Install it")
    assert rest == [
        "Or start a program that retrains for me, with the same settings as I have, where "
        "TensorFlow is installed:",
        "the command",
        "Or, if I run with Docker Compose: docker compose --profile retrain up -d",
        "Then send /retrain again.",
    ]
    await anna.press(await start_button(database), ALEX, chat=ALEXS_CHAT)  # of an older offer
    assert "\nthe command\n" in telegram.called("editMessageText")[-1]["text"]
    assert await retraining_requests.load(database) is None


@pytest.mark.usefixtures("retraining_service")
async def test_with_a_watcher_its_progress_is_shown(
    anna: FakeUser,
    telegram: FakeTelegram,
    database: Database,
    remote: RemoteRetraining,
    application: MoodApplication,
) -> None:
    await retraining_watchers.beat(database, "watcher", round(time.time()))
    await label_faces(database, range(3), user=ADMIN)
    await anna.send(from_alex(anna, "/retrain"))
    await anna.tap("Start", ALEX, chat=ALEXS_CHAT)
    await wait_for_edit(telegram, "getting ready")
    request = await retraining_requests.claim(database, "watcher")
    assert request is not None
    assert request.requested_by == ADMIN
    content = Progress("training", 3, 30, 3, 30).to_json()
    await retraining_requests.report(database, request.key, "watcher", None, content)
    await remote.update()
    await wait_for_edit(telegram, "Epoch 3 of 30")
    await anna.tap("Stop", ALEX, chat=ALEXS_CHAT)
    await wait_for_edit(telegram, "Stopping")
    assert not await application.services.retraining.is_running_elsewhere()
    await retraining_requests.end(database, request.key, "watcher", "stopped", None, "")
    await remote.update()
    await wait_for_edit(telegram, "was stopped before")


async def test_a_restarted_bot_edits_the_same_message_in_the_same_language(
    anna: FakeUser, telegram: FakeTelegram, database: Database, registry: Registry
) -> None:
    await retraining_watchers.beat(database, "watcher", round(time.time()))
    start = await start_button(database)
    alex = {**ALEX, "language_code": "de"}
    await anna.press(start, alex, chat=ALEXS_CHAT)
    (stored,) = await retraining_messages.load_all(database)
    remote = RemoteRetraining(database, registry, [ADMIN])
    await remote.update()
    runner = RetrainingRunner(RetrainProcess([], {}), remote, lambda: False, "the command")
    notifier = RetrainingNotifier(fake_bot(telegram), database, registry, runner, [ADMIN])
    await notifier.attach_stored()
    await remote.stop()
    await notifier.update()
    edit = telegram.called("editMessageText")[-1]
    assert (edit["chat_id"], edit["message_id"]) == (stored.chat_id, stored.message_id)
    assert edit["text"].startswith("Das Training wurde angehalten")
