"""Health and metrics over HTTP, for whoever runs the bot.

Nothing here says who somebody is, and nothing can be changed.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST, ProcessCollector, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.http_server import serving
from bot.metrics import Metrics
from bot.operations.health import Health

KEEP_ALIVE_S = 75
UNAVAILABLE = 503

logger = logging.getLogger(__name__)


@asynccontextmanager
async def operations_http(listen: str, health: Health, metrics: Metrics) -> AsyncIterator[None]:
    """Answer requests while the block runs.

    Args:
        listen: the local address, as host:port.
        health: what is known of the bot.
        metrics: what it has counted.

    Raises:
        ListenError: the port is taken, or the address is not one of this machine's.
    """
    async with serving(operations_app(health, metrics), listen, "BOT_HTTP_LISTEN", KEEP_ALIVE_S):
        logger.info("Health and metrics are served on %s", listen)
        yield


def operations_app(health: Health, metrics: Metrics) -> Starlette:
    """Return the ASGI application with `/healthz`, `/readyz` and `/metrics`."""
    # Memory, open files and the time of the start; on Linux only.
    ProcessCollector(registry=metrics.registry)

    async def healthz(_: Request) -> Response:
        if health.lives():
            return PlainTextResponse("ok\n")
        return PlainTextResponse("the poller hangs\n", UNAVAILABLE)

    async def readyz(_: Request) -> Response:
        checks = await health.check()
        return JSONResponse(checks, 200 if all(checks.values()) else UNAVAILABLE)

    async def show_metrics(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
        ]
    )
