"""How long an album waits for its other messages, on a simulated clock."""

import asyncio
from collections.abc import Callable

from telegram import Bot

from bot.inbox.chat_order import MAX_HOLD_S, ChatOrder
from bot.inbox.item import Album, Entry, Item
from bot.inbox.received import read
from tests.support.inbox_updates import part
from tests.support.virtual_time import VirtualTimeLoop

Started = list[tuple[float, tuple[int, ...]]]  # when an album started, and its update ids


def started_after(act: Callable[[ChatOrder], None]) -> Started:
    """Let a minute pass after the first part of an album, and what `act` does."""
    started: Started = []

    async def run() -> None:
        clock = asyncio.get_running_loop().time

        def start(item: Item) -> None:
            assert isinstance(item.payload, Album)
            ids = tuple(update.update_id for update in item.payload.updates)
            started.append((round(clock(), 1), ids))

        order = ChatOrder(start)
        send(order, 1)
        act(order)
        await asyncio.sleep(60)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
    return started


def send(order: ChatOrder, number: int) -> None:
    received = read(part(number), Bot("123:token"))
    assert received is not None
    order.add_to_album(Entry(received=received, arrived_at=0))


def later(seconds: float, act: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, act)


def test_an_album_is_complete_after_a_quiet_second() -> None:
    assert started_after(lambda order: later(0.9, lambda: send(order, 2))) == [(1.9, (1, 2))]


def test_an_album_waits_while_updates_are_left_at_telegram() -> None:
    def act(order: ChatOrder) -> None:
        later(0.8, lambda: order.hold(2))
        later(2.5, lambda: send(order, 2))

    assert started_after(act) == [(3.5, (1, 2))]


def test_a_backlog_that_stays_holds_no_album_for_long() -> None:
    assert started_after(lambda order: order.hold(60)) == [(MAX_HOLD_S, (1,))]
