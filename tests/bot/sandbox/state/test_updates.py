import time

from bot.sandbox.state.updates import UpdateQueue
from tests.support.manual_clock import ManualClock


async def test_only_the_newest_unconfirmed_updates_are_kept() -> None:
    updates = UpdateQueue(max_updates=5)
    for number in range(20):
        updates.add("message", {"message_id": number})
    kept = await updates.poll(0, 100, 0)
    assert [update["message"]["message_id"] for update in kept] == [15, 16, 17, 18, 19]


async def test_updates_that_nobody_fetches_are_dropped_presses_first() -> None:
    clock = ManualClock()
    updates = UpdateQueue(pauses=0, clock=clock)
    updates.add("message", {"message_id": 1})
    updates.add("callback_query", {"id": "5"})
    clock.now += 149
    assert len(updates) == 2
    clock.now += 1
    assert [*(await updates.poll(0, 100, 0))[0]] == ["update_id", "message"]
    assert len(updates) == 1
    clock.now += 86_400 - 150
    assert await updates.poll(0, 100, 0) == []


async def test_an_offset_that_is_asked_again_is_slowed_down() -> None:
    updates = UpdateQueue(pauses=0.03)
    assert await updates.poll(0, 100, 0) == []
    started = time.monotonic()
    assert await updates.poll(0, 100, 0) == []
    assert time.monotonic() - started > 0.08


async def test_an_offset_that_is_asked_again_at_once_gets_one_update() -> None:
    updates = UpdateQueue()
    for number in range(2):
        updates.add("message", {"message_id": number})
    assert [len(await updates.poll(1, 100, 0)) for _ in range(2)] == [2, 1]


async def test_a_second_conflict_comes_late() -> None:
    updates = UpdateQueue(pauses=0.03)
    await updates.pause_before_conflict()
    started = time.monotonic()
    await updates.pause_before_conflict()
    assert time.monotonic() - started > 0.08
