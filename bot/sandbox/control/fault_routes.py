"""The control side's share in what goes wrong: faults, old presses, updates delivered again."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.control.request_fields import body_of, finite, state_of, string
from bot.sandbox.control.routes import press_of
from bot.sandbox.state.faults import Fault


async def add_fault(request: Request) -> Response:
    """Order a fault."""
    state, body = state_of(request), await body_of(request)
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
    """Forget every ordered fault."""
    state_of(request).faults.clear()
    return JSONResponse({})


async def expire(request: Request) -> Response:
    """Make a press count as too old from now on."""
    found = press_of(request)
    state_of(request).callbacks.expire(found.query["id"])
    return JSONResponse({})


async def deliver_again(request: Request) -> Response:
    """Deliver what the bot has confirmed once more, as if its confirmations had been lost."""
    return JSONResponse({"updates": state_of(request).updates.deliver_again()})


async def add_update(request: Request) -> Response:
    """Queue an update of any shape: {"message": {...}}, say, without its `update_id`."""
    state, body = state_of(request), await body_of(request)
    for kind, payload in body.items():
        state.updates.add(kind, payload)
    return JSONResponse({})


ROUTES = [
    Route("/sandbox/faults", add_fault, methods=["POST"]),
    Route("/sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/sandbox/callbacks/{query_id}/expire", expire, methods=["POST"]),
    Route("/sandbox/updates", add_update, methods=["POST"]),
    Route("/sandbox/updates/again", deliver_again, methods=["POST"]),
]
