"""Of several bots on one PostgreSQL server, one tells admins of the end of a retraining."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.i18n import StoredMessage
from bot.replies import retraining as replies
from bot.retraining.process import RetrainProcess
from bot.retraining.remote import RemoteRetraining
from bot.retraining.runner import RetrainingRunner
from bot.services import reporting_turn
from bot.services.retraining_notifier import RetrainingNotifier
from bot.storage import retraining_requests, runs
from bot.storage.database import Database, open_database
from bot.storage.dialects import NOTIFIER_LOCK
from bot.storage.run_notifications import unnotified_runs
from bot.storage.runs import State
from model.registry.registry import Registry
from tests.support import postgres_server
from tests.support.fake_telegram import ALEX, FakeTelegram, fake_bot
from tests.support.retraining_runs import begin_run
from tests.support.scripted_retraining import FakeProgram, started

pytestmark = pytest.mark.skipif(not postgres_server.IS_WANTED, reason="make test-postgres runs it")

ADMIN = ALEX["id"]


class OneBot:
    """What one of the bots has to do with retraining."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        telegram: FakeTelegram,
        process: RetrainProcess | None = None,
    ) -> None:
        registry = Registry(folder / "models")
        self.database = database
        self.remote = RemoteRetraining(database, registry, [ADMIN])
        process = process or RetrainProcess([], {})
        self.runner = RetrainingRunner(process, self.remote, lambda: True, "")
        self.notifier = RetrainingNotifier(
            fake_bot(telegram), database, registry, self.runner, [ADMIN], edit_every_s=0
        )


@pytest.fixture
def one(database: Database, tmp_path: Path, telegram: FakeTelegram) -> OneBot:
    return OneBot(database, tmp_path / "one", telegram)


@pytest.fixture
async def other(database_url: str, tmp_path: Path, telegram: FakeTelegram) -> AsyncIterator[OneBot]:
    async with open_database(database_url) as database:
        yield OneBot(database, tmp_path / "other", telegram)


async def end_run(database: Database, ended_at: float) -> int:
    run = await begin_run(database)
    why = [StoredMessage("why")]
    await runs.finish(database, run, State.STOPPED, round(ended_at), why)
    return run


async def test_an_end_is_told_by_one_of_them(
    one: OneBot, other: OneBot, telegram: FakeTelegram
) -> None:
    for _ in range(3):
        await end_run(one.database, time.time() - 3600)
        await asyncio.gather(one.notifier.update(), other.notifier.update())
        await other.notifier.update()
    assert len(telegram.called("sendMessage")) == 3
    assert await unnotified_runs(one.database) == []


async def test_whoever_started_it_goes_first(
    one: OneBot, other: OneBot, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    await end_run(one.database, time.time() + 1)  # times are rounded
    await other.notifier.update()
    assert telegram.called("sendMessage") == []
    monkeypatch.setattr(reporting_turn, "OTHERS_WAIT_S", 0)  # it does not, since it is dead
    await other.notifier.update()
    assert len(telegram.called("sendMessage")) == 1


async def test_while_one_tells_the_other_waits_and_takes_over_if_it_dies(
    one: OneBot, other: OneBot, telegram: FakeTelegram
) -> None:
    await end_run(one.database, time.time() - 3600)
    turn = one.database.lock(NOTIFIER_LOCK)  # it was killed after it had begun
    assert await turn.try_acquire()
    await other.notifier.update()
    assert telegram.called("sendMessage") == []
    await turn.release()  # as the server does
    await other.notifier.update()
    assert len(telegram.called("sendMessage")) == 1


async def test_the_end_of_a_request_is_told_once_in_the_message_that_showed_it(
    one: OneBot, other: OneBot, telegram: FakeTelegram
) -> None:
    await one.remote.start(ADMIN)
    await other.remote.update()
    await one.notifier.attach(ADMIN, 7)
    request = await retraining_requests.claim(one.database, "watcher")
    assert request is not None
    await retraining_requests.end(one.database, request.key, "watcher", "failed", None, "why")
    await one.remote.update()
    await other.remote.update()
    for bot in (other, one, other):
        await bot.notifier.update()
    (edit,) = telegram.called("editMessageText")
    assert edit["message_id"] == 7
    assert telegram.called("sendMessage") == []
    assert await retraining_requests.load(one.database) is None
    await one.remote.start(ADMIN)
    await one.notifier.refresh()  # the old message is not edited again
    assert len(telegram.called("editMessageText")) == 1


async def test_a_progress_message_ends_even_if_the_other_has_told(
    database: Database,
    other: OneBot,
    tmp_path: Path,
    telegram: FakeTelegram,
    program: FakeProgram,
    process: RetrainProcess,
) -> None:
    slow = OneBot(database, tmp_path / "slow", telegram, process)
    run = await end_run(database, time.time() - 3600)
    program.set_output(started(run), status=130)
    await slow.runner.start(ADMIN)
    await slow.notifier.attach(ADMIN, 7)
    while slow.runner.is_running:
        await slow.runner.wait_for_change()
    await other.notifier.update()
    assert len(telegram.called("sendMessage")) == 1
    await slow.notifier.update()
    (edit,) = telegram.called("editMessageText")
    assert (edit["message_id"], edit["text"]) == (7, replies.over())
    assert len(telegram.called("sendMessage")) == 1
