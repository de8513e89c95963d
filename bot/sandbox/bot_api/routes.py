"""The HTTP side of the Bot API: /bot<token>/<method> and /file/bot<token>/<path>."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.bot_api.faulty_answers import (
    DroppedConnection,
    error_response,
    faulty_answer,
    spoiled_answer,
)
from bot.sandbox.bot_api.methods import call
from bot.sandbox.bot_api.params import Params, read_params
from bot.sandbox.droppable_http import CONNECTION
from bot.sandbox.errors import BotApiError
from bot.sandbox.state.sandbox_state import SandboxState, state_of

logger = logging.getLogger(__name__)


async def call_method(request: Request) -> Response:
    """Run the method that the bot calls, or apply the fault that is due for it."""
    state, name = state_of(request), request.path_params["method"]
    if state.network.is_down:
        return _lost(state, name)
    try:
        _authorize(state, request)
        with state.presence.during_call():
            params = await read_params(request)
            answering = _answer(state, name, params)
            # A bot that is killed while it waits for updates is gone at once.
            is_poll = name.lower() == "getupdates"
            answer = await (_while_connected(request, answering) if is_poll else answering)
    except BotApiError as error:
        _record(state, name, ok=False)
        answer = error_response(error)
    except ClientDisconnect:
        # A bot that stops or gives up waiting is not an error.
        return _lost(state, name)
    except Exception:
        # Only the method's name is logged: the path contains the token.
        logger.exception("%s failed", name)
        _record(state, name, ok=False)
        answer = error_response(BotApiError(500, "Internal Server Error"))
    # The network may have been cut while the call waited; it has had its effect.
    return DroppedConnection() if state.network.is_down else answer


async def download(request: Request) -> Response:
    """Answer with the file at a `file_path`."""
    state = state_of(request)
    if state.network.is_down:
        return _lost(state, "file")
    try:
        _authorize(state, request)
        fault = state.faults.next_for("file")
        if fault and not fault.spoils_answer:
            _record(state, "file", ok=False)
            return await faulty_answer(state, fault)
        found = state.files.find_by_path(request.path_params["path"])
        if found is None or state.options.local_folder is not None:
            raise BotApiError(404, "Not Found")
    except BotApiError as error:
        _record(state, "file", ok=False)
        return error_response(error)
    _record(state, "file", ok=True)
    answer = Response(found.data, media_type="application/octet-stream")
    return spoiled_answer(state, fault, answer) if fault else answer


async def _answer(state: SandboxState, name: str, params: Params) -> Response:
    """Return the answer to a call.

    Raises:
        BotApiError: Telegram would reject the call.
    """
    chat_id = params.integer("chat_id") or None
    fault = state.faults.next_for(name, chat_id)
    if fault and not fault.spoils_answer:
        _record(state, name, chat_id, ok=False)
        return await faulty_answer(state, fault)
    if fault and fault.kind == "ignored_timeout":
        params = params.without("timeout")
    result = await call(state, name, params)
    _record(state, name, chat_id, ok=True)
    answer = JSONResponse({"ok": True, "result": result})
    return spoiled_answer(state, fault, answer) if fault else answer


async def _while_connected(request: Request, answering: Coroutine[Any, Any, Response]) -> Response:
    """Return the answer, or cancel it once the caller is gone.

    Raises:
        ClientDisconnect: the connection was closed before there was an answer.
    """
    answer = asyncio.create_task(answering)
    lost = asyncio.create_task(request.scope[CONNECTION].connection_is_lost.wait())
    try:
        await asyncio.wait((answer, lost), return_when=asyncio.FIRST_COMPLETED)
    finally:
        lost.cancel()
        if not answer.done():
            answer.cancel()
    if answer.cancelled() or not answer.done():
        raise ClientDisconnect
    return answer.result()


def _authorize(state: SandboxState, request: Request) -> None:
    if request.path_params["token"] != state.options.token:
        raise BotApiError(401, HTTPStatus(401).phrase)


def _lost(state: SandboxState, name: str) -> Response:
    """Return the end of a call that did not get through, or whose caller is gone."""
    _record(state, name, ok=False)
    return DroppedConnection()


def _record(state: SandboxState, name: str, chat_id: int | None = None, *, ok: bool) -> None:
    state.requests.append({"method": name, "chat_id": chat_id, "ok": ok, "at": time.time()})


BOT_API_ROUTES = [
    Route("/bot{token}/{method}", call_method, methods=["GET", "POST"]),
    Route("/file/bot{token}/{path:path}", download),
]
