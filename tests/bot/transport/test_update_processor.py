import asyncio

import pytest

from bot.transport.pending_callbacks import PendingTaps
from bot.transport.update_processor import InHand


async def test_many_updates_are_handled_at_a_time() -> None:
    in_hand = InHand(PendingTaps())
    both = asyncio.Barrier(2)
    async with asyncio.timeout(5):
        await asyncio.gather(*(in_hand.process_update(None, both.wait()) for _ in range(2)))


async def test_what_is_in_hand_can_be_given_up() -> None:
    in_hand = InHand(PendingTaps())
    begun = asyncio.Event()

    async def never_ends() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(in_hand.process_update(None, never_ends()))
    await begun.wait()
    assert in_hand.give_up() == 1
    with pytest.raises(asyncio.CancelledError):
        await task
    assert in_hand.give_up() == 0
