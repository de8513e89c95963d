"""Which requests are repeated, and for how long."""

import asyncio

import httpx
import pytest
from prometheus_client import generate_latest
from telegram.error import BadRequest, NetworkError, TimedOut

from bot.metrics import Metrics
from bot.transport.outgoing_requests import RetryingRequest
from tests.support.failing_network import DOWN, MINUTE, Failure, Network, SlowNetwork, call, now

HTML = httpx.Response(200, text="<html>Log in to the hotel's network</html>")
HALF = httpx.Response(200, content=b'{"ok":true,"res')


@pytest.mark.parametrize(
    "failure",
    [DOWN, httpx.RemoteProtocolError("dropped"), httpx.ReadTimeout("slow"), HTML, HALF,
     httpx.Response(403, text="<html>Forbidden by the proxy</html>"),
     httpx.Response(200, json=["ok"]), httpx.Response(429, json={"ok": False})],
)  # fmt: skip
async def test_an_answer_is_delivered_after_an_outage_of_an_hour(
    request_: RetryingRequest, network: Network, failure: Failure
) -> None:
    network.fail(failure)
    sending = asyncio.ensure_future(call(request_))
    await asyncio.sleep(60 * MINUTE)
    assert not sending.done()
    network.failure = None
    assert await asyncio.wait_for(sending, 30) == 200
    pauses = [
        after - before for before, after in zip(network.times, network.times[1:], strict=False)
    ]
    assert pauses[:6] == [1, 2, 4, 8, 16, 30]
    assert set(pauses[6:]) == {30}


@pytest.mark.parametrize("method", ["editMessageText", "sendDocument", "getFile"])
async def test_whatever_an_answer_needs_waits_for_the_end_of_an_outage(
    request_: RetryingRequest, network: Network, method: str
) -> None:
    network.fail(DOWN)
    sending = asyncio.ensure_future(call(request_, method))
    await asyncio.sleep(60 * MINUTE)
    network.failure = None
    assert await asyncio.wait_for(sending, 30) == 200


async def test_an_answer_that_telegram_cannot_process_is_given_up_after_ten_minutes(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(500)
    with pytest.raises(NetworkError, match="500"):
        await call(request_)
    assert 9 * MINUTE < now() <= 10 * MINUTE


async def test_a_tap_is_acknowledged_within_a_minute_or_not_at_all(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(DOWN)
    with pytest.raises(NetworkError):
        await call(request_, "answerCallbackQuery")
    assert 30 < now() <= MINUTE


async def test_a_chat_action_is_tried_once(request_: RetryingRequest, network: Network) -> None:
    network.fail(DOWN)
    with pytest.raises(NetworkError):
        await call(request_, "sendChatAction")
    assert network.methods == ["sendChatAction"]


@pytest.mark.parametrize("failure", [DOWN, 500])
@pytest.mark.parametrize("method", ["sendPhoto", "getFile", "sendDocument"])
async def test_what_can_be_done_without_is_given_up_when_only_that_fails(
    request_: RetryingRequest, network: Network, failure: Failure, method: str
) -> None:
    network.fail(failure, method)
    sending = asyncio.ensure_future(call(request_, method))
    await asyncio.sleep(1)
    await call(request_, "sendChatAction")
    with pytest.raises(NetworkError):
        await sending
    assert now() < 10


async def test_a_picture_that_is_too_large_is_refused_at_once(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(httpx.Response(413, text="<html>413 Request Entity Too Large</html>"))
    with pytest.raises(BadRequest):
        await call(request_, "sendPhoto")
    assert len(network.methods) == 1


async def test_after_the_token_was_revoked_an_answer_waits_for_the_end_of_the_process(
    request_: RetryingRequest, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    network.fail(401)
    sending = asyncio.ensure_future(call(request_))
    await asyncio.sleep(60 * MINUTE)
    assert not sending.done()
    assert caplog.messages == [
        "sendMessage failed (status 401); requests are repeated until they get through"
    ]
    sending.cancel()


async def test_a_method_that_telegram_does_not_know_for_a_moment_is_called_again(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(404)
    sending = asyncio.ensure_future(call(request_))
    await asyncio.sleep(5)
    network.failure = None
    assert await sending == 200
    network.fail(404)
    with pytest.raises(NetworkError, match="404"):
        await call(request_)
    assert now() < 2 * MINUTE


@pytest.mark.parametrize("status", [401, 404])
async def test_the_start_learns_at_once_that_the_token_is_wrong(
    request_: RetryingRequest, network: Network, status: int
) -> None:
    network.fail(status)
    assert await call(request_, "getMe") == status
    assert len(network.methods) == 1


@pytest.mark.parametrize("status", [400, 403, 409])
async def test_a_refusal_is_not_repeated(
    request_: RetryingRequest, network: Network, status: int
) -> None:
    network.fail(httpx.Response(status, json={"ok": False, "description": "No"}))
    assert await call(request_) == status
    assert len(network.methods) == 1


async def test_calls_at_the_start_are_left_to_their_caller(
    request_: RetryingRequest, network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    network.fail(DOWN)
    with pytest.raises(NetworkError):
        await call(request_, "getMe")
    assert now() <= 5
    assert not caplog.records


async def test_an_answer_that_drips_in_is_not_waited_for_forever() -> None:
    network = SlowNetwork(seconds=10 * MINUTE)
    with pytest.raises(TimedOut):
        await call(RetryingRequest(network), "getMe")
    assert network.requests == 1
    assert now() < MINUTE


async def test_a_slow_telegram_gets_a_message_only_a_few_times() -> None:
    network = SlowNetwork(seconds=100)
    assert await call(RetryingRequest(network)) == 200
    assert network.requests <= 5


async def test_every_failed_attempt_is_counted_and_the_seconds_that_telegram_asks_for(
    network: Network,
) -> None:
    metrics = Metrics()
    request = RetryingRequest(network, metrics)
    network.fail(DOWN)
    sending = asyncio.ensure_future(call(request))
    await asyncio.sleep(2)
    assert metrics.telegram_reached_at is None
    network.fail(httpx.Response(429, json={"ok": False, "parameters": {"retry_after": 7}}))
    assert await sending == 429
    page = generate_latest(metrics.registry).decode()
    assert 'photo_mood_api_errors_total{error="network",method="sendMessage"} 2.0' in page
    assert 'photo_mood_api_errors_total{error="429",method="sendMessage"} 1.0' in page
    assert 'photo_mood_api_wait_seconds_total{method="sendMessage"} 7.0' in page
    assert metrics.telegram_reached_at is not None
