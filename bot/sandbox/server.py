"""The sandbox on a port, in a thread of its own."""

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Self

import uvicorn

from bot.sandbox.app import create_app
from bot.sandbox.droppable_http import DroppableProtocol
from bot.sandbox.state.sandbox_state import SandboxOptions, SandboxState

STOP_SECONDS = 5


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves when told, not at its next look at the clock."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        """Serve until told to leave."""
        while not await self.on_tick(0):  # sets the Date header, once a second
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1.0)

    def leave(self) -> None:
        """Stop serving."""
        self.should_exit = True
        self._told.set()


class SandboxServer:
    """Runs a sandbox; use it as a context manager, or call `start` and `stop`.

    Args:
        options: how the sandbox is set up.
        host: address to bind.
        port: port to bind; 0 for any free one.

    Raises:
        OSError: the port is taken, or the address is not ours.
    """

    def __init__(
        self, options: SandboxOptions | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._options = options or SandboxOptions()
        # Bound here, so that a taken port is an error at once and port 0 is known before the start.
        self._socket = _bound(host, port)
        self._port = int(self._socket.getsockname()[1])
        self._host = host
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Uvicorn | None = None
        self._state: SandboxState | None = None
        self._fault: BaseException | None = None

    @property
    def port(self) -> int:
        """The bound port."""
        return self._port

    @property
    def url(self) -> str:
        """Address of the chat page, without a slash at the end."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "") else self._host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._options.token

    def start(self) -> Self:
        """Serve until `stop`; returns once requests are answered."""
        self._thread.start()
        self._ready.wait()
        if self._fault:
            raise RuntimeError("the sandbox did not start") from self._fault
        return self

    def stop(self) -> None:
        """Answer who still waits, then serve no more."""
        if self._loop and self._server and self._state and self._thread.is_alive():
            closing = asyncio.run_coroutine_threadsafe(self._state.close(), self._loop)
            closing.result(STOP_SECONDS)
            self._loop.call_soon_threadsafe(self._server.leave)
            self._thread.join()
        self._socket.close()

    def bot_ready(self) -> Future[bool]:
        """Return a future that is done once a bot polls or has set a webhook."""
        if not self._loop or not self._state:
            raise RuntimeError("the sandbox is not running; call start() first")
        return asyncio.run_coroutine_threadsafe(self._state.updates.awaited.wait(), self._loop)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:
            self._fault = fault
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._state = SandboxState(self._options)
        config = uvicorn.Config(
            create_app(self._state),
            http=DroppableProtocol,
            ws="none",
            lifespan="off",
            access_log=False,  # Its lines would hold the token.
            log_level="warning",
            # Longer than clients keep an idle connection: they never send into a closing one.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Uvicorn(config)
        self._ready.set()
        await self._server.serve(sockets=[self._socket])


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio would not turn Nagle's delay off: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # Listening from here on: a client that comes before the loop runs waits, not fails.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
