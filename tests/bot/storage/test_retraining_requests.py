"""Requests to retrain: who gets them, and who is there for them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.storage import retraining_messages, retraining_requests, retraining_watchers, user_data
from bot.storage.database import Database, open_database
from bot.storage.retraining_messages import ProgressMessageKey
from bot.storage.retraining_requests import RequestState, RetrainingRequest
from bot.storage.retraining_watchers import SILENT_AFTER_S
from tests.support.retraining_runs import begin_run
from tests.support.stored_answers import address
from tests.support.user_records import records_of

ADMIN, TRUSTED = 1000, 1001
NOW = 1_800_000_000


async def add(database: Database) -> str:
    key = await retraining_requests.add(database, ADMIN, {ADMIN, TRUSTED}, NOW)
    assert key is not None
    return key


async def load(database: Database) -> RetrainingRequest:
    request = await retraining_requests.load(database)
    assert request is not None
    return request


async def claim(database: Database, watcher: str = "first") -> RetrainingRequest:
    await retraining_watchers.beat(database, watcher, NOW)
    request = await retraining_requests.claim(database, watcher)
    assert request is not None
    return request


async def add_and_claim(database: Database) -> RetrainingRequest:
    await add(database)
    return await claim(database)


async def test_a_request_waits_until_a_watcher_claims_it(database: Database) -> None:
    assert await retraining_requests.load(database) is None
    assert await retraining_requests.claim(database, "first") is None
    key = await add(database)
    waiting = await load(database)
    assert (waiting.key, waiting.state, waiting.requested_by) == (key, RequestState.WAITING, ADMIN)
    assert waiting.trusted == {ADMIN, TRUSTED}
    claimed = await claim(database)
    assert claimed == replace(waiting, state=RequestState.RUNNING, watcher="first", seen_at=NOW)
    assert await load(database) == claimed


async def test_there_is_one_request_at_a_time(database: Database) -> None:
    await add(database)
    assert await retraining_requests.add(database, None, {ADMIN}, NOW) is None


async def test_of_many_watchers_one_gets_the_request(database: Database, file: Path) -> None:
    await add(database)
    async with open_database(address(file)) as elsewhere:
        claims = await asyncio.gather(
            *(
                retraining_requests.claim(one, f"watcher {number}")
                for number, one in enumerate([database, elsewhere] * 5)
            )
        )
    assert sum(claim is not None for claim in claims) == 1


async def test_progress_and_end_are_stored_by_its_watcher_only(database: Database) -> None:
    request, run = await add_and_claim(database), await begin_run(database)
    for watcher, key in (("second", request.key), ("first", "another")):
        assert await retraining_requests.report(database, key, watcher, 9, {}) is None
        await retraining_requests.end(database, key, watcher, "failed", 9, "why")
    assert await load(database) == request
    progress = {"stage": "training", "share": 0.5}
    running = await retraining_requests.report(database, request.key, "first", run, progress)
    assert running == replace(request, run=run, progress=progress)
    await retraining_requests.remove(database, request.key)  # not yet
    await retraining_requests.end(database, request.key, "first", "failed", run, "why")
    ended = await load(database)
    assert (ended.state, ended.outcome, ended.reason) == (RequestState.ENDED, "failed", "why")
    await retraining_requests.remove(database, request.key)
    assert await retraining_requests.load(database) is None


async def test_one_that_waits_is_stopped_at_once(database: Database) -> None:
    key = await add(database)
    assert not await retraining_requests.request_stop(database, "another")
    assert await retraining_requests.request_stop(database, key)
    ended = await load(database)
    assert (ended.state, ended.outcome) == (RequestState.ENDED, "stopped")
    assert await retraining_requests.claim(database, "first") is None
    assert not await retraining_requests.request_stop(database, key)


async def test_one_that_runs_is_stopped_by_its_watcher(database: Database) -> None:
    request = await add_and_claim(database)
    assert await retraining_requests.request_stop(database, request.key)
    asked = await retraining_requests.report(database, request.key, "first", None, {})
    assert asked is not None
    assert asked.stop_requested
    assert asked.state is RequestState.RUNNING


@pytest.mark.parametrize("is_claimed", [False, True])
async def test_one_without_a_watcher_is_given_up(database: Database, is_claimed: bool) -> None:
    key = await add(database)
    await retraining_watchers.beat(database, "first", NOW)
    if is_claimed:
        await claim(database)
        await retraining_watchers.beat(database, "second", NOW + 20)  # which does not have it
    await retraining_requests.give_up(database, key, NOW, "why")
    assert (await load(database)).outcome is None
    if not is_claimed:
        await retraining_watchers.leave(database, "first")
    await retraining_requests.give_up(database, key, NOW + 1, "why")
    ended = await load(database)
    assert (ended.state, ended.outcome, ended.reason) == (RequestState.ENDED, "failed", "why")


async def test_watchers_are_there_as_long_as_they_send_heartbeats(database: Database) -> None:
    assert not await retraining_watchers.is_any_there(database, NOW)
    await retraining_watchers.beat(database, "first", NOW)
    assert await retraining_watchers.is_any_there(database, NOW + SILENT_AFTER_S)
    assert not await retraining_watchers.is_any_there(database, NOW + SILENT_AFTER_S + 1)
    await retraining_watchers.beat(database, "first", NOW + 60)
    assert await retraining_watchers.is_any_there(database, NOW + 60)
    await retraining_watchers.leave(database, "first")
    assert not await retraining_watchers.is_any_there(database, NOW + 60)


async def test_messages_are_stored_as_long_as_there_is_a_request(database: Database) -> None:
    older, newer = ProgressMessageKey(ADMIN, 7, "de"), ProgressMessageKey(ADMIN, 8, "de")
    other = ProgressMessageKey(TRUSTED, 3, "en")
    await retraining_messages.store(database, older)
    assert await retraining_messages.load_all(database) == []
    key = await add(database)
    for message in (older, newer, other):
        await retraining_messages.store(database, message)
    assert await retraining_messages.load_all(database) == [newer, other]
    shown = [{"message_id": 3, "language": "en"}]
    assert (await records_of(database, TRUSTED))["retraining_messages"] == shown
    await user_data.erase(database, TRUSTED)
    assert await retraining_messages.load_all(database) == [newer]
    await retraining_requests.request_stop(database, key)
    await retraining_requests.remove(database, key)
    assert await retraining_messages.load_all(database) == []
