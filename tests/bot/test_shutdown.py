import asyncio

import pytest

from bot.shutdown import run_until


async def test_run_until_lets_the_work_end() -> None:
    async def work() -> str:
        return "done"

    assert await run_until(asyncio.Event(), work())


async def test_run_until_cancels_the_work_on_a_stop() -> None:
    stop, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert not await run_until(stop, work())
    assert cancelled.is_set()


async def test_run_until_passes_on_exceptions() -> None:
    async def work() -> None:
        raise ValueError("oops")

    with pytest.raises(ValueError, match="oops"):
        await run_until(asyncio.Event(), work())
