"""uvicorn's HTTP protocol, extended so that the application can drop a connection."""

import asyncio
from typing import Any

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

DROP_CONNECTION = "sandbox.drop_connection"
"""Key in the ASGI scope of an async function that closes the connection without an answer."""


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 with `DROP_CONNECTION` in the scope of every request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._connection_is_lost = asyncio.Event()
        inner = self.app

        async def application(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            scope[DROP_CONNECTION] = self.drop_connection  # type: ignore[literal-required]
            await inner(scope, receive, send)

        self.app = application

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._connection_is_lost.set()

    async def drop_connection(self) -> None:
        """Close the connection and wait until uvicorn has noticed."""
        self.transport.abort()
        await self._connection_is_lost.wait()
