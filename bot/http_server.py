"""Serves HTTP in the event loop of the bot."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from bot.errors import ListenError
from bot.webhook_address import split_listen

CLOSE_TIMEOUT_S = 1


@asynccontextmanager
async def serving(
    app: Any,  # an ASGI application; uvicorn's type of them is private
    listen: str,
    setting: str,
    keep_alive_s: int,
) -> AsyncIterator[None]:
    """Accept connections while the block runs; at the end, those that are answered are waited for.

    Args:
        app: the ASGI application that answers.
        listen: the local address, as host:port.
        setting: the setting that names it.
        keep_alive_s: seconds for which an idle connection is kept.

    Raises:
        ListenError: the port is taken, or the address is not one of this machine's.
    """
    listener = _bind(listen, setting)
    config = uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
        # Its warnings are about requests that are not HTTP: anybody could fill the log with them.
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive_s,
        timeout_graceful_shutdown=CLOSE_TIMEOUT_S,
    )
    config.load()
    server = uvicorn.Server(config)
    # Not `server.serve()`: it would catch the signals that `bot.shutdown` catches.
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        await server.shutdown(sockets=[listener])


def _bind(listen: str, setting: str) -> socket.socket:
    host, port = split_listen(listen)
    try:
        return socket.create_server(
            (host, port),
            family=socket.AF_INET6 if ":" in host else socket.AF_INET,
            # [::] stands for all addresses, those of IPv4 included.
            dualstack_ipv6=host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        raise ListenError(listen, error.strerror or str(error), setting) from error
