"""What the log says of requests that fail."""

import asyncio
import logging

import pytest
from telegram.error import NetworkError

from bot.transport.outgoing_requests import RetryingRequest
from tests.support.failing_network import DOWN, MINUTE, Network, call, now


async def test_an_outage_is_logged_once_at_each_end(
    request_: RetryingRequest, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    network.fail(DOWN)
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(call(request_))
        await asyncio.sleep(10 * MINUTE)
        network.failure = None
    begin, end = caplog.records
    assert begin.levelname == "WARNING"
    assert "sendMessage failed (ConnectError)" in begin.getMessage()
    assert end.levelname == "INFO"
    assert "get through again, after 6" in end.getMessage()
    assert "TOKEN" not in caplog.text
    assert "telegram/" not in caplog.text


async def test_a_request_that_fails_alone_is_one_line_in_the_log(
    request_: RetryingRequest, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    network.fail(500, "sendDocument")
    sending = asyncio.ensure_future(call(request_, "sendDocument"))
    for _ in range(100):
        await asyncio.sleep(1)
        await call(request_)
    with pytest.raises(NetworkError):
        await sending
    assert len(caplog.records) == 1


async def test_a_stop_during_an_outage_takes_no_time_and_says_nothing(
    request_: RetryingRequest, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    network.fail(DOWN)
    sending = asyncio.ensure_future(call(request_))
    await asyncio.sleep(10 * MINUTE)
    caplog.clear()
    stopped_at = now()
    sending.cancel()
    await asyncio.wait({sending})
    assert now() == stopped_at
    assert sending.cancelled()
    assert not caplog.records
