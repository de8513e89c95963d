import asyncio

import pytest

from bot.transport.update_processor import PendingCallbacks, UpdateProcessor


async def test_updates_are_handled_concurrently() -> None:
    processor = UpdateProcessor(PendingCallbacks())
    both = asyncio.Barrier(2)
    async with asyncio.timeout(5):
        await asyncio.gather(*(processor.process_update(None, both.wait()) for _ in range(2)))


async def test_running_updates_can_be_cancelled() -> None:
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
