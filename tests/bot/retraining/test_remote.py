"""A retraining that a watcher carries out, as the bot sees it."""

import asyncio

import pytest

from bot.errors import StorageError
from bot.replies.retraining_errors import WATCHER_GONE
from bot.retraining import remote as remote_retraining
from bot.retraining.exit_status import ExitStatus
from bot.retraining.observed import RetrainExit
from bot.retraining.remote import RemoteRetraining
from bot.storage import retraining_requests, retraining_watchers
from bot.storage.database import Database
from bot.storage.retraining_requests import RetrainingRequest
from bot.storage.retraining_watchers import SILENT_AFTER_S
from model.registry.file_lock import acquire_lock
from model.registry.registry import Registry
from model.retraining.progress import Progress
from tests.support.fake_telegram import ALEX
from tests.support.manual_clock import ManualClock
from tests.support.retraining_runs import begin_run

ADMIN = ALEX["id"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def remote(database: Database, registry: Registry, clock: ManualClock) -> RemoteRetraining:
    return RemoteRetraining(database, registry, [ADMIN], clock=clock)


async def claim(database: Database, clock: ManualClock) -> RetrainingRequest:
    """Claim the request as a watcher."""
    await retraining_watchers.beat(database, "watcher", round(clock.now))
    request = await retraining_requests.claim(database, "watcher")
    assert request is not None
    return request


async def end(database: Database, request: RetrainingRequest, outcome: str) -> None:
    await retraining_requests.end(database, request.key, "watcher", outcome, request.run, "")


async def test_it_shows_what_the_watcher_reports(
    remote: RemoteRetraining, database: Database, clock: ManualClock
) -> None:
    assert remote.progress is None
    assert await remote.start(ADMIN)
    assert not await remote.start(ADMIN)
    assert remote.progress == Progress()
    request, run = await claim(database, clock), await begin_run(database)
    progress = Progress("training", 3, 30, 3, 30, 0.21, 0.95, 12, 0.05)
    content = progress.to_json() | {"something": "that a newer program may add"}
    await retraining_requests.report(database, request.key, "watcher", run, content)
    await remote.update()
    assert remote.progress == progress
    await remote.stop()
    assert remote.stopping
    assert remote.is_running
    await retraining_requests.end(database, request.key, "watcher", "stopped", run, "")
    await remote.update()
    assert not remote.is_running
    assert remote.take_exit() == RetrainExit(ExitStatus.STOPPED, run)
    assert remote.take_exit() is None
    await remote.forget_exit()
    assert await remote.start(ADMIN)


async def test_a_restarted_bot_goes_on_with_it(
    remote: RemoteRetraining, database: Database, registry: Registry, clock: ManualClock
) -> None:
    await remote.start(ADMIN)
    key = remote.key
    request = await claim(database, clock)
    again = RemoteRetraining(database, registry, [ADMIN], clock=clock)
    await again.update()
    assert again.is_running
    assert again.key == key
    await end(database, request, "nothing_new")
    last = RemoteRetraining(database, registry, [ADMIN], clock=clock)
    await last.update()
    await last.forget_exit()  # nobody has taken it yet
    assert last.take_exit() == RetrainExit(ExitStatus.NOTHING_NEW, None)


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_it_fails_if_no_watcher_is_there_any_more(
    remote: RemoteRetraining, database: Database, clock: ManualClock, is_claimed: bool
) -> None:
    await remote.start(ADMIN)
    if is_claimed:
        await claim(database, clock)
    clock.now += SILENT_AFTER_S
    await remote.update()
    assert remote.is_running
    clock.now += 1
    await remote.update()
    assert remote.take_exit() == RetrainExit(ExitStatus.FAILED, None, WATCHER_GONE)


async def test_it_goes_on_unseen_while_what_the_watcher_has_started_does(
    remote: RemoteRetraining, database: Database, registry: Registry, clock: ManualClock
) -> None:
    await remote.start(ADMIN)
    asked_at = round(clock.now)
    await claim(database, clock)
    clock.now += SILENT_AFTER_S + 1
    with acquire_lock(registry.retrain_lock):
        await remote.update()
        assert remote.is_running
        assert remote.unseen_since == asked_at
        await retraining_watchers.beat(database, "watcher", round(clock.now))  # it only slept
        await remote.update()
        assert remote.unseen_since is None
        clock.now += SILENT_AFTER_S + 1
    await remote.update()
    assert not remote.is_running
    assert remote.unseen_since is None


async def test_whoever_waits_learns_of_every_change(
    remote: RemoteRetraining, database: Database, clock: ManualClock
) -> None:
    work = asyncio.create_task(remote.run())
    async with asyncio.timeout(30):
        await remote.start(ADMIN)
        await remote.wait_for_change()
        request = await claim(database, clock)
        await end(database, request, "finished")
        while remote.is_running:
            await remote.wait_for_change()
    work.cancel()
    await asyncio.wait({work})


async def test_a_stored_request_is_found_once_the_database_can_be_read_again(
    remote: RemoteRetraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[StorageError] = []
    looked, load = asyncio.Event(), retraining_requests.load

    async def load_if_readable(database: Database) -> RetrainingRequest | None:
        looked.set()
        if failures:
            raise failures.pop()
        return await load(database)

    monkeypatch.setattr(retraining_requests, "load", load_if_readable)
    monkeypatch.setattr(remote_retraining, "POLL_S", 0.01)
    work = asyncio.create_task(remote.run())
    async with asyncio.timeout(30):
        await looked.wait()
        await remote.update()  # after `run` has looked, which now waits
        failures += [StorageError("the disk is slow"), StorageError("the disk is slow")]
        with pytest.raises(StorageError):
            await remote.start(ADMIN)
        await remote.wait_for_change()
    assert remote.is_running
    work.cancel()
    await asyncio.wait({work})
