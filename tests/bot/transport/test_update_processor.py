import asyncio

import pytest

from bot.transport.update_processor import PendingCallbacks, UpdateProcessor


async def test_many_updates_are_handled_at_a_time() -> None:
    processor = UpdateProcessor(PendingCallbacks())
    both = asyncio.Barrier(2)
    async with asyncio.timeout(5):
        await asyncio.gather(*(processor.process_update(None, both.wait()) for _ in range(2)))


async def test_what_is_in_hand_can_be_given_up() -> None:
    processor = UpdateProcessor(PendingCallbacks())
    begun = asyncio.Event()

    async def never_ends() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(processor.process_update(None, never_ends()))
    await begun.wait()
    assert processor.cancel_all() == 1
    with pytest.raises(asyncio.CancelledError):
        await task
    assert processor.cancel_all() == 0
