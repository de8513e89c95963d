"""A watcher carries out requests to retrain."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.retraining import watcher as watching
from bot.retraining.process import RetrainProcess
from bot.retraining.watcher import Watcher
from bot.storage import retraining_requests
from bot.storage.database import Database
from bot.storage.retraining_requests import RequestState, RetrainingRequest
from tests.support.retraining_runs import begin_run
from tests.support.scripted_retraining import WAIT, FakeProgram, failed, started, training

ADMIN = 1000
SOON_S = 0.02


@pytest.fixture
async def watcher(
    database: Database, program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator["asyncio.Task[None]"]:
    """A watcher that starts the fake program."""
    monkeypatch.setattr(watching, "POLL_S", SOON_S)
    monkeypatch.setattr(watching, "REPORT_EVERY_S", SOON_S)

    def make_process(_: RetrainingRequest) -> RetrainProcess:
        return RetrainProcess(program.command, dict(os.environ))

    work = asyncio.create_task(Watcher(database, make_process, "bot.sqlite3").run())
    yield work
    work.cancel()
    await asyncio.wait({work})


async def request_retraining(database: Database) -> str:
    key = await retraining_requests.add(database, ADMIN, [ADMIN], 1_800_000_000)
    assert key is not None
    return key


async def wait_for(database: Database, **fields: object) -> RetrainingRequest:
    """Wait until fields of the request have these values."""
    async with asyncio.timeout(30):
        while True:
            request = await retraining_requests.load(database)
            if request and all(getattr(request, name) == fields[name] for name in fields):
                return request
            await asyncio.sleep(SOON_S)


async def wait_for_epoch(database: Database, epoch: int) -> None:
    async with asyncio.timeout(30):
        while True:
            request = await retraining_requests.load(database)
            if request and (request.progress or {}).get("epoch") == epoch:
                return
            await asyncio.sleep(SOON_S)


@pytest.mark.usefixtures("watcher")
async def test_it_reports_progress_and_end(database: Database, program: FakeProgram) -> None:
    run = await begin_run(database)
    program.set_output(started(run), training(run, epoch=3), WAIT)
    await request_retraining(database)
    await wait_for_epoch(database, 3)
    await wait_for(database, run=run, state=RequestState.RUNNING)
    await program.resume()
    await wait_for(database, run=run, state=RequestState.ENDED, outcome="finished")


@pytest.mark.usefixtures("watcher")
async def test_it_reports_why_it_failed(database: Database, program: FakeProgram) -> None:
    program.set_output(failed(None, "the disk is full"), status=1)
    await request_retraining(database)
    await wait_for(database, outcome="failed", reason="the disk is full")


@pytest.mark.usefixtures("watcher")
async def test_it_stops_when_asked_to(database: Database, program: FakeProgram) -> None:
    run = await begin_run(database)
    program.set_output(started(run), WAIT)
    key = await request_retraining(database)
    await wait_for(database, run=run)
    await retraining_requests.request_stop(database, key)
    await wait_for(database, outcome="stopped")


async def test_if_the_watcher_ends_so_does_what_it_has_started(
    database: Database, program: FakeProgram, watcher: "asyncio.Task[None]"
) -> None:
    run = await begin_run(database)
    program.set_output(started(run), WAIT)
    await request_retraining(database)
    await wait_for(database, run=run)
    watcher.cancel()
    await asyncio.wait({watcher})
    await wait_for(database, outcome="stopped", seen_at=None)


@pytest.mark.usefixtures("watcher")
async def test_it_stops_when_its_request_was_given_up(
    database: Database, program: FakeProgram
) -> None:
    run = await begin_run(database)
    program.set_output(started(run), WAIT)
    key = await request_retraining(database)
    request = await wait_for(database, run=run)
    assert request.seen_at is not None
    await retraining_requests.give_up(database, key, request.seen_at + 1, "why")
    await retraining_requests.remove(database, key)
    program.set_output(status=3)
    await request_retraining(database)  # which it takes, so the other one has ended
    await wait_for(database, outcome="nothing_new")


@pytest.mark.usefixtures("watcher", "short_wait_for_locks")
async def test_while_another_program_writes_it_waits_with_its_reports(
    database: Database, file: Path, program: FakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await begin_run(database)
    program.set_output(started(run), training(run, epoch=3), WAIT)
    await request_retraining(database)
    await wait_for(database, run=run)
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    with closing(connection) as other:
        # In a thread: the watcher may be writing, and needs the event loop to come to an end.
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        waits = asyncio.Event()
        monkeypatch.setattr(watching.logger, "warning", lambda *_: waits.set())
        async with asyncio.timeout(30):
            await waits.wait()
        await program.resume()
        other.execute("ROLLBACK")
    await wait_for(database, outcome="finished")
