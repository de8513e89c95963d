import asyncio
import logging

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import RequestData

from bot.transport.outgoing_requests import RetryingRequest

DOWN = httpx.ConnectError("refused")
HTML = httpx.Response(200, text="<html>Log in to the hotel's network</html>")
HALF = httpx.Response(200, content=b'{"ok":true,"res')
ADDRESS = "http://telegram/bot123:TOKEN"
MINUTE = 60.0
OK = {"ok": True, "result": True}
SERVER_ERROR = {"ok": False, "error_code": 500, "description": "Internal Server Error"}

Failure = int | Exception | httpx.Response


class Network(httpx.AsyncBaseTransport):
    """Fails where and as long as it is told, and otherwise answers everything."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.failing: set[str] | None = None  # None for all methods
        self.times: list[float] = []  # of the requests, in seconds
        self.methods: list[str] = []

    def fail(self, failure: Failure, *methods: str) -> None:
        self.failure, self.failing = failure, set(methods) or None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1]
        self.methods.append(method)
        self.times.append(now())
        if self.failure and (self.failing is None or method in self.failing):
            if isinstance(self.failure, Exception):
                raise self.failure
            if isinstance(self.failure, httpx.Response):
                return self.failure
            return httpx.Response(self.failure, json=SERVER_ERROR)
        return httpx.Response(200, json=OK)


def now() -> float:
    """Return the time in seconds, to the millisecond."""
    return round(asyncio.get_running_loop().time(), 3)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def request_(network: Network) -> RetryingRequest:
    return RetryingRequest(network)


async def call(request: RetryingRequest, method: str = "sendMessage") -> int:
    status, _ = await request.do_request(f"{ADDRESS}/{method}", "POST", RequestData())
    return status


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


class SlowNetwork(httpx.AsyncBaseTransport):
    """Answers each request after the same time, if it is still wanted then."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.requests = 0

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        await asyncio.sleep(self.seconds)
        return httpx.Response(200, json=OK)


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


async def test_a_server_that_does_not_call_the_bot_a_bot_is_understood(
    request_: RetryingRequest, network: Network
) -> None:
    user = {"id": 666, "first_name": "Test", "username": "test"}  # as npm's telegram-test-api says
    network.fail(httpx.Response(200, json={"ok": True, "result": user}), "getMe")
    async with Bot("123:TOKEN", request=request_) as bot:
        assert (bot.id, bot.bot.is_bot) == (666, True)


async def test_a_message_with_a_date_that_the_library_cannot_read_counts_as_sent(
    request_: RetryingRequest, network: Network
) -> None:
    # Milliseconds, as npm's telegram-test-api sends them.
    sent = {"message_id": 7, "chat": {"id": 5, "type": "private"}, "date": 1795764000123}
    network.fail(httpx.Response(200, json={"ok": True, "result": sent}), "sendMessage")
    bot = Bot("123:TOKEN", request=request_)
    assert (await bot.send_message(5, "hello")).message_id == 7


async def test_an_edit_that_is_answered_with_nothing_counts_as_done(
    request_: RetryingRequest, network: Network
) -> None:
    network.fail(httpx.Response(200, json={"ok": True, "result": None}), "editMessageText")
    assert await Bot("123:TOKEN", request=request_).edit_message_text("hello", 5, 7) is True
