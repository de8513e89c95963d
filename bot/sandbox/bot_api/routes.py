"""The HTTP side of the Bot API: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
import contextlib
import logging
import time
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.bot_api.methods import call
from bot.sandbox.bot_api.params import read_params
from bot.sandbox.droppable_http import DROP_CONNECTION
from bot.sandbox.errors import BotApiError, too_many_requests
from bot.sandbox.state.faults import Fault
from bot.sandbox.state.sandbox_state import SandboxState, state_of

logger = logging.getLogger(__name__)

# The answer of Telegram's reverse proxy when the server behind it is down.
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
    "</html>\r\n"
)


class DroppedConnection(Response):
    """Closes the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        await scope[DROP_CONNECTION]()


async def call_method(request: Request) -> Response:
    """Run the method that the bot calls, or apply the fault that is due for it."""
    state, name = state_of(request), request.path_params["method"]
    try:
        _authorize(state, request)
        params = await read_params(request)
        if fault := state.faults.next_for(name):
            return await _apply_fault(state, name, fault)
        result = await call(state, name, params)
    except BotApiError as error:
        _record(state, name, ok=False)
        return error_response(error)
    except ClientDisconnect:
        # A bot that stops or gives up waiting is not an error.
        _record(state, name, ok=False)
        return DroppedConnection()
    except Exception:
        # Only the method's name is logged: the path contains the token.
        logger.exception("%s failed", name)
        _record(state, name, ok=False)
        return error_response(BotApiError(500, "Internal Server Error"))
    _record(state, name, ok=True)
    return JSONResponse({"ok": True, "result": result})


async def download(request: Request) -> Response:
    """Answer with the file at a `file_path`."""
    state = state_of(request)
    try:
        _authorize(state, request)
        if fault := state.faults.next_for("file"):
            return await _apply_fault(state, "file", fault)
        found = state.files.find_by_path(request.path_params["path"])
        if found is None:
            raise BotApiError(404, "Not Found")
    except BotApiError as error:
        _record(state, "file", ok=False)
        return error_response(error)
    _record(state, "file", ok=True)
    return Response(found.data, media_type="application/octet-stream")


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
        headers = {"retry-after": str(error.parameters.get("retry_after", 0))}
    return JSONResponse(body, error.code, headers)


def _authorize(state: SandboxState, request: Request) -> None:
    if request.path_params["token"] != state.options.token:
        raise BotApiError(401, HTTPStatus(401).phrase)


async def _apply_fault(state: SandboxState, name: str, fault: Fault) -> Response:
    _record(state, name, ok=False)
    if fault.kind == "too_many_requests":
        return error_response(too_many_requests(fault.retry_after))
    if fault.kind == "bad_gateway":
        return HTMLResponse(BAD_GATEWAY, 502)
    if fault.kind == "timeout":
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(state.closing.wait(), fault.seconds)
    return DroppedConnection()


def _record(state: SandboxState, name: str, *, ok: bool) -> None:
    state.requests.append({"method": name, "ok": ok, "at": time.time()})


BOT_API_ROUTES = [
    Route("/bot{token}/{method}", call_method, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", download),
]
