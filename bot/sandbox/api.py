"""The sandbox as a Starlette application: the Bot API, the control side and the chat page."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox import control, dispatch, pages
from bot.sandbox.failures import Refusal
from bot.sandbox.world import World


def _refused(request: Request, refusal: Exception) -> Response:
    del request
    assert isinstance(refusal, Refusal)  # noqa: S101 - tells the type checker
    return JSONResponse({"error": refusal.sentence}, refusal.status)


def create_app(world: World) -> Starlette:
    """Return the application that serves `world`."""
    app = Starlette(
        routes=[
            Route("/", pages.chat_page),
            Route("/static/{name}", pages.static),
            *control.ROUTES,
            *dispatch.ROUTES,
        ],
        exception_handlers={Refusal: _refused},
    )
    app.state.world = world
    return app
