from bot.sandbox.state.updates import UpdateQueue


async def test_only_the_newest_unconfirmed_updates_are_kept() -> None:
    updates = UpdateQueue(max_updates=5)
    for number in range(20):
        updates.add("message", {"message_id": number})
    kept = await updates.poll(0, 100, 0)
    assert [update["message"]["message_id"] for update in kept] == [15, 16, 17, 18, 19]
