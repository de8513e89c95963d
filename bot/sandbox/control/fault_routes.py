"""The control side for tests of what goes wrong: faults, expired presses, repeated updates."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.control.request_fields import finite, json_body, string
from bot.sandbox.control.routes import requested_press
from bot.sandbox.state.faults import Fault
from bot.sandbox.state.sandbox_state import state_of


async def add_fault(request: Request) -> Response:
    state, body = state_of(request), await json_body(request)
    fault = Fault(
        string(body, "method"),
        string(body, "kind"),
        int(finite(body, "times", 1)),
        int(finite(body, "retry_after", 1)),
        finite(body, "seconds", 60),
        int(finite(body, "copies", 2)),
    )
    state.faults.add(fault)
    return JSONResponse({})


async def clear_faults(request: Request) -> Response:
    state_of(request).faults.clear()
    return JSONResponse({})


async def expire_press(request: Request) -> Response:
    """Make a button press too old to be answered."""
    state_of(request).callback_queries.expire(requested_press(request))
    return JSONResponse({})


async def redeliver_updates(request: Request) -> Response:
    """Queue the latest confirmed updates again, as if the confirmations had been lost."""
    return JSONResponse({"updates": state_of(request).updates.redeliver_confirmed()})


async def add_update(request: Request) -> Response:
    """Queue an update of any content, e.g. {"message": {...}}, without `update_id`."""
    state, body = state_of(request), await json_body(request)
    for kind, payload in body.items():
        state.updates.add(kind, payload)
    return JSONResponse({})


FAULT_ROUTES = [
    Route("/sandbox/faults", add_fault, methods=["POST"]),
    Route("/sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/sandbox/callbacks/{query_id}/expire", expire_press, methods=["POST"]),
    Route("/sandbox/updates", add_update, methods=["POST"]),
    Route("/sandbox/updates/again", redeliver_updates, methods=["POST"]),
]
