"""Networks that fail or are slow, on the way to Telegram."""

import asyncio

import httpx
from telegram.request import RequestData

from bot.transport.outgoing_requests import RetryingRequest

MINUTE = 60.0
DOWN = httpx.ConnectError("refused")
ADDRESS = "http://telegram/bot123:TOKEN"
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


async def call(request: RetryingRequest, method: str = "sendMessage") -> int:
    status, _ = await request.do_request(f"{ADDRESS}/{method}", "POST", RequestData())
    return status


class SlowNetwork(httpx.AsyncBaseTransport):
    """Answers each request after the same time, if it is still wanted then."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.requests = 0

    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        self.requests += 1
        await asyncio.sleep(self.seconds)
        return httpx.Response(200, json=OK)
