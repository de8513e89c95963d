"""uvicorn's HTTP protocol, extended so that the application can end a connection early."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTION = "sandbox.connection"
"""Key in the ASGI scope of the request's `DroppableProtocol`."""
NO_LINGER = struct.pack("ii", 1, 0)
"""`SO_LINGER` with a time of zero: closing the socket sends RST instead of FIN."""


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 with itself in the scope of every request, as `CONNECTION`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection_is_lost = asyncio.Event()
        inner = self.app

        async def application(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            scope[CONNECTION] = self  # type: ignore[literal-required]
            await inner(scope, receive, send)

        self.app = application

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.connection_is_lost.set()

    async def drop(self) -> None:
        """Close the connection after what was sent, and wait until uvicorn has noticed."""
        self.transport.close()
        await self.connection_is_lost.wait()

    async def reset(self) -> None:
        """Reset the connection, as the system of a killed server does; see `drop`."""
        connected: socket.socket | None = self.transport.get_extra_info("socket")
        if connected and not self.transport.is_closing():
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.transport.abort()
        await self.connection_is_lost.wait()
