from bot.sandbox.state.updates import UpdateQueue


def test_only_the_newest_unconfirmed_updates_are_kept() -> None:
    updates = UpdateQueue(max_updates=5)
    for number in range(20):
        updates.add("message", {"message_id": number})
    assert len(updates) == 5
