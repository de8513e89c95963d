"""The answers that the bot gets where a test has ordered a fault."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from bot.sandbox.droppable_http import CONNECTION, DroppableProtocol
from bot.sandbox.errors import BotApiError
from bot.sandbox.state.faults import Fault
from bot.sandbox.state.sandbox_state import SandboxState

CHUNK = bytes(64 * 2**10)
STATUS_OF_PAGE = {"bad_gateway": 502, "gateway_timeout": 504}
INTERVAL_S = 0.1
"""Time between the pieces of a slow body, where each has at least one byte."""


class DroppedConnection(Response):
    """Closes the connection without an answer.

    Args:
        reset: whether to reset it instead.
    """

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        connection: DroppableProtocol = scope[CONNECTION]
        await (connection.reset() if self._reset else connection.drop())


class HalfAnswer(Response):
    """The first half of an answer; then the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await _start(self, send)
        await _send_piece(send, bytes(self.body[: len(self.body) // 2]))
        await scope[CONNECTION].drop()


class SlowAnswer(Response):
    """An answer whose body comes at a limited rate.

    Args:
        state: the sandbox.
        answer: the whole answer.
        bytes_per_second: the rate.
    """

    def __init__(self, state: SandboxState, answer: Response, bytes_per_second: float) -> None:
        super().__init__(answer.body, answer.status_code, dict(answer.headers))
        self._state = state
        self._step = max(1, int(bytes_per_second * INTERVAL_S))
        self._interval = self._step / bytes_per_second

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        connection: DroppableProtocol = scope[CONNECTION]
        await _start(self, send)
        for start in range(0, len(self.body), self._step):
            await _send_piece(send, bytes(self.body[start : start + self._step]))
            await _pause(self._state, self._interval)
            if self._state.network.is_down or connection.connection_is_lost.is_set():
                await connection.drop()
                return
        await send({"type": "http.response.body"})


def error_response(error: BotApiError) -> Response:
    """Return an error in the Bot API's format."""
    body: dict[str, object] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    headers = {}
    if error.parameters:
        body["parameters"] = error.parameters
    if "retry_after" in error.parameters:
        headers = {"retry-after": str(error.parameters["retry_after"])}
    return JSONResponse(body, error.code, headers)


async def faulty_answer(state: SandboxState, fault: Fault) -> Response:
    """Return the answer of a fault instead of the call's."""
    if error := fault.error():
        return error_response(error)
    if fault.kind == "html" or fault.kind in STATUS_OF_PAGE:
        return _page(STATUS_OF_PAGE.get(fault.kind, fault.status))
    if fault.kind in ("large_body", "large_chunked_body"):
        declared = {"content-length": str(fault.size)} if fault.kind == "large_body" else {}
        return StreamingResponse(_zeros(fault.size), headers=declared)
    if fault.kind == "timeout":
        await _pause(state, fault.seconds)
    return DroppedConnection(reset=fault.kind == "reset")


def spoiled_answer(state: SandboxState, fault: Fault, answer: Response) -> Response:
    """Return the answer of a call that had its effect, spoiled by a fault."""
    if fault.kind == "lost_answer":
        return DroppedConnection(reset=True)
    if fault.kind == "half_body":
        return HalfAnswer(answer.body, answer.status_code, dict(answer.headers))
    if fault.kind == "slow_body":
        return SlowAnswer(state, answer, fault.bytes_per_second)
    if fault.kind == "no_is_bot":
        return _without_is_bot(answer)
    return answer


def _page(status: int) -> Response:
    """Return the page of Telegram's reverse proxy."""
    title = f"{status} {HTTPStatus(status).phrase}"
    return HTMLResponse(
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1>"
        "</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
        status,
    )


def _without_is_bot(answer: Response) -> Response:
    body = json.loads(bytes(answer.body))
    body["result"].pop("is_bot", None)
    return JSONResponse(body)


async def _zeros(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, len(CHUNK)):
        yield CHUNK[: size - start]


async def _start(answer: Response, send: Send) -> None:
    status, headers = answer.status_code, answer.raw_headers
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _pause(state: SandboxState, seconds: float) -> None:
    """Wait, but not longer than until the sandbox stops."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(state.closing.wait(), seconds)
