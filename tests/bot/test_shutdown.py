import asyncio

import pytest

from bot.shutdown import run_until


async def test_work_comes_to_its_end_while_nobody_stops_it() -> None:
    async def work() -> str:
        return "done"

    assert await run_until(asyncio.Event(), work())


async def test_work_is_given_up_when_it_is_time_to_stop() -> None:
    stop, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert not await run_until(stop, work())
    assert cancelled.is_set()


async def test_an_error_in_the_work_comes_through() -> None:
    async def work() -> None:
        raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        await run_until(asyncio.Event(), work())
