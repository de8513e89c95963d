import asyncio

import httpx
import pytest
from telegram.error import NetworkError, RetryAfter, TimedOut

from bot.transport import outgoing_requests
from bot.transport.outgoing_requests import RateLimiter, RetryingRequest
from tests.support.fake_telegram import FakeTelegram, fake_bot

FLOODED = (429, {"ok": False, "description": "Too Many", "parameters": {"retry_after": 1}})


class ScriptedTransport(httpx.AsyncBaseTransport):
    """Answers with the given status codes or raises the given errors; then answers 200."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, content=b"{}", request=request)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing_requests, "RETRY_PAUSES_S", (0.0, 0.0, 0.0))


async def request_status(transport: ScriptedTransport) -> int:
    request = RetryingRequest(transport)
    await request.initialize()
    try:
        status, _ = await request.do_request("http://telegram/botTOKEN/getMe", "POST")
    finally:
        await request.shutdown()
    return status


@pytest.mark.parametrize(
    "failure",
    [502, 500, httpx.ConnectError("refused"), httpx.RemoteProtocolError("dropped"),
     httpx.ReadTimeout("slow")],
)  # fmt: skip
async def test_a_failed_request_is_retried(failure: int | Exception) -> None:
    transport = ScriptedTransport(failure, failure)
    assert await request_status(transport) == 200
    assert transport.requests == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
async def test_a_client_error_is_not_retried(status: int) -> None:
    transport = ScriptedTransport(status)
    assert await request_status(transport) == status
    assert transport.requests == 1


async def test_retries_end() -> None:
    transport = ScriptedTransport(*[httpx.ConnectError("refused")] * 9)
    with pytest.raises(NetworkError, match="ConnectError"):
        await request_status(transport)
    assert transport.requests == 4
    with pytest.raises(TimedOut):
        await request_status(ScriptedTransport(*[httpx.ReadTimeout("slow")] * 4))
    assert await request_status(ScriptedTransport(*[502] * 9)) == 502


@pytest.fixture(autouse=True)
def timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


async def test_answers_to_one_chat_arrive_in_order_after_a_flood_limit(
    telegram: FakeTelegram,
) -> None:
    bot = fake_bot(telegram, rate_limiter=RateLimiter())
    telegram.fail("sendMessage", FLOODED)
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(bot.send_message(1001, str(number)) for number in range(10)))
    # One refusal is one pause, not one a message.
    assert telegram.texts == ["0", *[str(number) for number in range(10)]]
    assert 1 <= asyncio.get_running_loop().time() - started < 5


async def test_typing_is_not_rate_limited(telegram: FakeTelegram) -> None:
    bot = fake_bot(telegram, rate_limiter=RateLimiter())
    telegram.fail("sendChatAction", FLOODED)
    with pytest.raises(RetryAfter):
        await bot.send_chat_action(1001, "typing")


async def test_calls_without_a_chat_are_retried_after_a_flood_limit(telegram: FakeTelegram) -> None:
    bot = fake_bot(telegram, rate_limiter=RateLimiter())
    telegram.fail("getMe", FLOODED)
    assert (await bot.get_me()).is_bot


async def test_messages_to_one_chat_are_sent_one_at_a_time() -> None:
    limiter = RateLimiter()
    sending = 0

    async def send() -> bool:
        nonlocal sending
        sending += 1
        assert sending == 1
        await asyncio.sleep(0)
        sending -= 1
        return True

    await asyncio.gather(
        *(
            limiter.process_request(send, (), {}, "sendMessage", {"chat_id": 1001}, None)
            for _ in range(5)
        )
    )
