"""How requests go out to the Bot API: again after a failure, until they get through."""

import asyncio
import json
from typing import Any

import httpx
from telegram.error import BadRequest, NetworkError, TimedOut
from telegram.request import HTTPXRequest, RequestData

from bot.metrics import Metrics
from bot.transport.outages import Attempts, Outages, StatusError

# For an answer. A repeated request waits longer: if Telegram were merely slow, it would otherwise
# get, and show, the same message again and again.
MIN_READ_S = 10.0
MAX_READ_S = 120.0
# For sending a request, and an answer that comes in pieces; on top of the time for its beginning.
REQUEST_S = 20.0
UPLOAD_S = 300.0  # the same with a file, which may be 50 MB large
MAX_DATE = 253_402_300_799  # the last second of the year 9999, and of `datetime`


class InvalidAnswerError(NetworkError):
    """What came as an answer is none of the Bot API's, but perhaps a proxy's page."""


class CountedRequest(HTTPXRequest):
    """Counts the requests that fail, and notes when Telegram was reached.

    Args:
        metrics: counts them.
        **options: see `telegram.request.HTTPXRequest`.
    """

    def __init__(self, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._metrics = metrics

    async def do_request(self, url: str, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Make one request; see `telegram.request.BaseRequest.do_request`."""
        method = url.rsplit("/", 1)[1]
        try:
            status, payload = await super().do_request(url, *args, **options)
        except NetworkError:
            self._metrics.api_errors.labels(method, "network").inc()
            raise
        if not httpx.codes.is_success(status):
            self._metrics.api_errors.labels(method, str(status)).inc()
        if wait_s := _requested_wait_s(status, payload):
            self._metrics.api_waits_s.labels(method).inc(wait_s)
        if not httpx.codes.is_server_error(status):  # a proxy's answer, perhaps
            self._metrics.note_telegram_reached()
        return status, payload


class RetryingRequest(CountedRequest):
    """Repeats a request that failed on its way; see `bot.transport.outages` for how long.

    A message whose confirmation was lost may be sent twice. Without the repetition, a photo might
    get no answer at all, which is worse. Flood limits (429) are left to `RateLimiter`.

    Args:
        transport: carries the requests; the network by default.
        metrics: counts those that fail.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        super().__init__(
            metrics or Metrics(),
            read_timeout=MIN_READ_S,
            write_timeout=10,
            connect_timeout=5,
            pool_timeout=30,
            httpx_kwargs={"transport": transport} if transport else None,
        )
        self._outages = Outages()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        """Make one request; see `telegram.request.BaseRequest.do_request`."""
        with self._outages.request(url.rsplit("/", 1)[1]) as attempts:
            while True:
                try:
                    status, payload = await self._attempt(url, method, request_data, attempts)
                except NetworkError as error:
                    await asyncio.sleep(attempts.pause_after(error))
                else:
                    attempts.succeeded()
                    break
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            # The library would take it for a problem of the network.
            raise BadRequest("Request Entity Too Large")
        if httpx.codes.is_success(status):
            payload = _for_the_library(payload, is_user=url.endswith("/getMe"))
        return status, payload

    async def _attempt(
        self, url: str, method: str, request_data: RequestData | None, attempts: Attempts
    ) -> tuple[int, bytes]:
        """Make one attempt.

        Raises:
            telegram.error.NetworkError: there is no answer of the Bot API.
        """
        read_s = min(MAX_READ_S, MIN_READ_S * 2**attempts.failures)
        rest_s = UPLOAD_S if request_data and request_data.contains_files else REQUEST_S
        try:
            async with asyncio.timeout(read_s + rest_s):
                status, payload = await super().do_request(
                    url, method, request_data, read_timeout=read_s
                )
        except TimeoutError as error:
            self._metrics.api_errors.labels(attempts.method, "network").inc()
            raise TimedOut from error
        if attempts.may_repeat(status):
            raise StatusError(status)
        if not _is_answer(status, payload):
            raise InvalidAnswerError(f"Not an answer of the Bot API ({status})")
        return status, payload


def _for_the_library(payload: bytes, is_user: bool) -> bytes:
    """Change what the library cannot read in the answers of some test servers.

    A message whose answer cannot be read was sent nevertheless; nobody must be told otherwise.

    Args:
        payload: a successful answer.
        is_user: whether it is about the bot itself.
    """
    answer = json.loads(payload)
    result = answer["result"]
    if result is None:  # as npm's telegram-test-api answers editMessageText
        return json.dumps(answer | {"result": True}).encode()
    if not isinstance(result, dict):
        return payload
    if is_user:
        return json.dumps(answer | {"result": {"is_bot": True, **result}}).encode()
    date = result.get("date")
    if isinstance(date, int) and date > MAX_DATE:  # npm's telegram-test-api sends milliseconds
        return json.dumps(answer | {"result": {**result, "date": MAX_DATE}}).encode()
    return payload


def _requested_wait_s(status: int, payload: bytes) -> float:
    """Return the seconds that an answer asks to wait; 0 if it does not."""
    if status != httpx.codes.TOO_MANY_REQUESTS or not _is_answer(status, payload):
        return 0.0
    wait = json.loads(payload)["parameters"]["retry_after"]
    return float(wait) if isinstance(wait, int | float) and wait > 0 else 0.0


def _is_answer(status: int, payload: bytes) -> bool:
    """Return whether a body has what the Bot API's answers with this status have."""
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return True  # a proxy in front of the Bot API may say so, too
    try:
        answer = json.loads(payload)
    except ValueError:
        return False
    if not isinstance(answer, dict):
        return False
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return bool((answer.get("parameters") or {}).get("retry_after"))
    return "result" in answer if httpx.codes.is_success(status) else "ok" in answer
