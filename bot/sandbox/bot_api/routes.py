"""/bot<token>/<method> and /file/bot<token>/<path>: from an HTTP request to a method and back."""

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
from bot.sandbox.bot_api.params import read
from bot.sandbox.droppable_http import HANG_UP
from bot.sandbox.errors import Failure, too_many_requests
from bot.sandbox.state.faults import Fault
from bot.sandbox.state.sandbox_state import SandboxState

logger = logging.getLogger(__name__)

# What the web server in front of Telegram's says when the one behind it is gone.
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
    "</html>\r\n"
)


class HungUp(Response):
    """No answer at all: the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection."""
        del receive, send
        await scope[HANG_UP]()


async def method(request: Request) -> Response:
    """Carry out one call of the bot."""
    state: SandboxState = request.app.state.state
    name = request.path_params["method"]
    try:
        _authorize(state, request)
        params = await read(request)
        if fault := state.faults.strike(name):
            return await _strike(state, name, fault)
        result = await call(state, name, params)
    except Failure as failure:
        _note(state, name, False)
        return failed(failure)
    except ClientDisconnect:
        # A bot that is stopped, or gives up waiting, is nobody's fault.
        _note(state, name, False)
        return HungUp()
    except Exception:
        # The path holds the token, so only the method's name is logged.
        logger.exception("%s failed", name)
        _note(state, name, False)
        return failed(Failure(500, "Internal Server Error"))
    _note(state, name, True)
    return JSONResponse({"ok": True, "result": result})


async def download(request: Request) -> Response:
    """Answer with the bytes behind a `file_path`."""
    state: SandboxState = request.app.state.state
    try:
        _authorize(state, request)
        if fault := state.faults.strike("file"):
            return await _strike(state, "file", fault)
        found = state.files.at(request.path_params["path"])
        if found is None:
            raise Failure(404, "Not Found")
    except Failure as failure:
        _note(state, "file", False)
        return failed(failure)
    _note(state, "file", True)
    return Response(found.data, media_type="application/octet-stream")


def failed(failure: Failure) -> Response:
    """Return a failure in the Bot API's shape."""
    body: dict[str, object] = {
        "ok": False,
        "error_code": failure.code,
        "description": failure.description,
    }
    headers = {}
    if failure.parameters:
        body["parameters"] = failure.parameters
        headers = {"retry-after": str(failure.parameters.get("retry_after", 0))}
    return JSONResponse(body, failure.code, headers)


def _authorize(state: SandboxState, request: Request) -> None:
    if request.path_params["token"] != state.options.token:
        raise Failure(401, HTTPStatus(401).phrase)


async def _strike(state: SandboxState, name: str, fault: Fault) -> Response:
    _note(state, name, False)
    if fault.kind == "too_many_requests":
        return failed(too_many_requests(fault.retry_after))
    if fault.kind == "bad_gateway":
        return HTMLResponse(BAD_GATEWAY, 502)
    if fault.kind == "timeout":
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(state.closing.wait(), fault.seconds)
    return HungUp()


def _note(state: SandboxState, name: str, ok: bool) -> None:
    state.requests.append({"method": name, "ok": ok, "at": time.time()})


ROUTES = [
    Route("/bot{token}/{method}", method, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", download),
]
