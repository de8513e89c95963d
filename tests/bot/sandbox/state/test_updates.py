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
