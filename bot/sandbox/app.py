"""The sandbox as a Starlette application: Bot API, control side and chat page."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.bot_api.faulty_answers import error_response
from bot.sandbox.bot_api.routes import BOT_API_ROUTES
from bot.sandbox.control.fault_routes import FAULT_ROUTES
from bot.sandbox.control.routes import CONTROL_ROUTES
from bot.sandbox.errors import BotApiError, ControlError
from bot.sandbox.page.static import chat_page, static_file
from bot.sandbox.state.sandbox_state import SandboxState


class SameOriginMiddleware:
    """Rejects requests from other web sites' pages.

    Browsers let any page send requests to this machine; only the sandbox's own page may.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            refused = JSONResponse({"error": "Only the sandbox's own page may do this."}, 403)
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _handle_error(request: Request, error: Exception) -> Response:
    """Answer in the format of the side that was called, also for unknown paths and methods."""
    if isinstance(error, ControlError):
        return JSONResponse({"error": error.sentence}, error.status)
    if not isinstance(error, HTTPException):
        raise error
    if request.url.path.startswith(("/bot", "/file/bot")):
        return error_response(BotApiError(error.status_code, error.detail))
    return JSONResponse({"error": f"{error.detail}."}, error.status_code)


def create_app(state: SandboxState) -> Starlette:
    """Return the application that serves `state`."""
    app = Starlette(
        routes=[
            Route("/", chat_page),
            Route("/static/{name}", static_file),
            *CONTROL_ROUTES,
            *FAULT_ROUTES,
            *BOT_API_ROUTES,
        ],
        middleware=[Middleware(SameOriginMiddleware)],
        exception_handlers={ControlError: _handle_error, HTTPException: _handle_error},
    )
    app.state.sandbox = state
    return app
