"""The control side for tests of what goes wrong: faults, a cut network, repeated updates."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.cast import Json
from bot.sandbox.control.request_fields import (
    integer,
    json_body,
    number,
    optional_integer,
    string,
)
from bot.sandbox.control.routes import requested_press
from bot.sandbox.errors import ControlError
from bot.sandbox.state.faults import Fault
from bot.sandbox.state.sandbox_state import state_of

FIELDS: dict[str, Callable[[Mapping[str, Any], str], Any]] = {
    "method": string,
    "kind": string,
    "times": optional_integer,
    "chat_id": optional_integer,
    "retry_after": integer,
    "seconds": number,
    "copies": integer,
    "status": integer,
    "size": integer,
    "bytes_per_second": number,
    "migrate_to_chat_id": optional_integer,
}
"""The fields of a `Fault` and how each is read."""


async def add_fault(request: Request) -> Response:
    """Order a fault: the fields of a `Fault`, with the same defaults."""
    state, body = state_of(request), await json_body(request)
    fault = _fault(body)
    state.faults.add(fault)
    group = state.chats.find(fault.chat_id or 0)
    if group and fault.migrate_to_chat_id:
        state.chats.add_supergroup(group, fault.migrate_to_chat_id)
    if fault.times is None and fault.affects("getUpdates", None):
        # The long poll that waits would not notice it until the next update.
        state.updates.end_poll()
    return JSONResponse({})


async def clear_faults(request: Request) -> Response:
    state_of(request).faults.clear()
    return JSONResponse({})


async def cut_network(request: Request) -> Response:
    """Let no call of the bot and no delivery through, for "seconds" or until it is restored."""
    state, body = state_of(request), await json_body(request)
    seconds = number(body, "seconds") if body.get("seconds") is not None else None
    if seconds is not None and seconds < 0:
        raise ControlError(422, "seconds must be at least 0.")
    state.network.cut(seconds)
    state.updates.end_poll()
    return JSONResponse({})


async def restore_network(request: Request) -> Response:
    state_of(request).network.restore()
    return JSONResponse({})


async def expire_press(request: Request) -> Response:
    """Make a button press too old to be answered."""
    state_of(request).callback_queries.expire(requested_press(request))
    return JSONResponse({})


async def redeliver_updates(request: Request) -> Response:
    """Queue the latest confirmed updates again, as if the confirmations had been lost."""
    return JSONResponse({"updates": state_of(request).updates.redeliver_confirmed()})


async def add_update(request: Request) -> Response:
    """Queue an update of any content, e.g. {"message": {...}}, with or without `update_id`."""
    state, body = state_of(request), await json_body(request)
    if "update_id" in body:
        body["update_id"] = integer(body, "update_id")
        if not 0 < body["update_id"] < 2**31:
            raise ControlError(422, "update_id must be from 1 to 2147483647.")
    return JSONResponse({"update_id": state.updates.add_raw(body)})


def _fault(body: Json) -> Fault:
    """Return the fault that a request describes.

    Raises:
        ControlError: it has an unknown field, or one with a wrong value.
    """
    if unknown := body.keys() - FIELDS.keys():
        raise ControlError(422, f"A fault has no {', '.join(sorted(unknown))}.")
    given = {name: FIELDS[name](body, name) for name in body}
    return Fault(**{"method": "", "kind": "", **given})


FAULT_ROUTES = [
    Route("/sandbox/faults", add_fault, methods=["POST"]),
    Route("/sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/sandbox/network", cut_network, methods=["POST"]),
    Route("/sandbox/network", restore_network, methods=["DELETE"]),
    Route("/sandbox/callbacks/{query_id}/expire", expire_press, methods=["POST"]),
    Route("/sandbox/updates", add_update, methods=["POST"]),
    Route("/sandbox/updates/again", redeliver_updates, methods=["POST"]),
]
