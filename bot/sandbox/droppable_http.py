"""uvicorn's HTTP protocol, with a way for the application to drop the connection."""

import asyncio
from typing import Any, Final

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

HANG_UP: Final = "sandbox.hang_up"
"""Key in the ASGI scope of a function that closes the connection with nothing said."""


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry a function that closes their connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lost = asyncio.Event()
        inner = self.app

        async def application(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            scope[HANG_UP] = self.hang_up  # type: ignore[typeddict-unknown-key]
            await inner(scope, receive, send)

        self.app = application

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is gone."""
        super().connection_lost(exc)
        self._lost.set()

    async def hang_up(self) -> None:
        """Close the connection and wait until uvicorn has noticed."""
        self.transport.abort()
        await self._lost.wait()
