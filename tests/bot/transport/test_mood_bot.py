import asyncio
from typing import Any

import pytest
from telegram.error import TimedOut
from telegram.request import HTTPXRequest

from bot.transport.mood_bot import MoodBot


class DrippingRequest(HTTPXRequest):
    """Gets an answer that takes an hour, because it comes byte by byte."""

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        await asyncio.sleep(3600)
        raise AssertionError("it is not given up")


async def test_updates_that_drip_in_are_given_up() -> None:
    request = DrippingRequest()
    bot = MoodBot("123:token", request=request, get_updates_request=request)
    start = asyncio.get_running_loop().time()
    with pytest.raises(TimedOut):
        await bot.fetch_updates(None, 100, timeout_s=20, allowed_updates=["message"])
    assert 30 < asyncio.get_running_loop().time() - start < 90
