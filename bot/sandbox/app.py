"""The sandbox as a Starlette application: the Bot API, the control side and the chat page."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.bot_api import routes as dispatch
from bot.sandbox.control import fault_routes as trouble
from bot.sandbox.control import routes as control
from bot.sandbox.errors import Failure, Refusal
from bot.sandbox.page import static as pages
from bot.sandbox.state.sandbox_state import SandboxState


class SameOrigin:
    """Turns away other web sites' pages, which a browser lets send to this machine as well.

    Args:
        app: what serves everyone else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse a request."""
        request = Request(scope)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            refused = JSONResponse({"error": "Only the sandbox's own page may do this."}, 403)
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _refused(request: Request, refusal: Exception) -> Response:
    del request
    assert isinstance(refusal, Refusal)  # noqa: S101 - tells the type checker
    return JSONResponse({"error": refusal.sentence}, refusal.status)


def _lost(request: Request, fault: Exception) -> Response:
    """Answer for an address or HTTP method there is not, in the shape of the side it is on."""
    assert isinstance(fault, HTTPException)  # noqa: S101 - tells the type checker
    if request.url.path.startswith(("/bot", "/file/bot")):
        return dispatch.failed(Failure(fault.status_code, fault.detail))
    return JSONResponse({"error": f"{fault.detail}."}, fault.status_code)


def create_app(state: SandboxState) -> Starlette:
    """Return the application that serves `state`."""
    app = Starlette(
        routes=[
            Route("/", pages.chat_page),
            Route("/static/{name}", pages.static),
            *control.ROUTES,
            *trouble.ROUTES,
            *dispatch.ROUTES,
        ],
        middleware=[Middleware(SameOrigin)],
        exception_handlers={Refusal: _refused, HTTPException: _lost},
    )
    app.state.state = state
    return app
