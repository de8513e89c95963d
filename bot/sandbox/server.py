"""The sandbox as a server on a port, in its own thread."""

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future
from typing import Self

import uvicorn

from bot.sandbox.app import create_app
from bot.sandbox.droppable_http import DroppableProtocol
from bot.sandbox.state.sandbox_state import SandboxOptions, SandboxState

STOP_TIMEOUT_S = 5


class _StoppableUvicorn(uvicorn.Server):
    """uvicorn that stops at once when told; its own main loop only checks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop_requested = asyncio.Event()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # once a second, for the Date header
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop_requested.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Skip uvicorn's pause of 0.1 s, which adds up in tests, if no connection is open."""
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for listener in (*self.servers, *(sockets or ())):
            listener.close()

    def request_stop(self) -> None:
        self.should_exit = True
        self._stop_requested.set()


class SandboxServer:
    """Runs a sandbox; use it as a context manager, or call `start` and `stop`.

    Args:
        options: how the sandbox is set up.
        host: address to bind.
        port: port to bind; 0 for any free one.

    Raises:
        OSError: the port is taken, or the address is not one of this machine's.
    """

    def __init__(
        self, options: SandboxOptions | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._options = options or SandboxOptions()
        # Bound here, so that a taken port fails at once and the number of a free one is known.
        self._socket = _bind(host, port)
        self._port = int(self._socket.getsockname()[1])
        self._host = host
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _StoppableUvicorn | None = None
        self._state: SandboxState | None = None
        self._start_error: BaseException | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        """Address of the chat page, without a trailing slash."""
        host = "127.0.0.1" if self._host in ("0.0.0.0", "") else self._host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def token(self) -> str:
        return self._options.token

    def start(self) -> Self:
        """Start serving; return once connections are accepted."""
        self._thread.start()
        self._ready.wait()
        if self._start_error:
            raise RuntimeError("the sandbox did not start") from self._start_error
        return self

    def stop(self) -> None:
        """Answer the requests that still wait, then stop serving."""
        if self._loop and self._server and self._state and self._thread.is_alive():
            closing = asyncio.run_coroutine_threadsafe(self._state.close(), self._loop)
            closing.result(STOP_TIMEOUT_S)
            self._loop.call_soon_threadsafe(self._server.request_stop)
            self._thread.join()
        self._socket.close()

    def bot_ready(self) -> Future[bool]:
        """Return a future that is done once a bot polls or has set a webhook."""
        if not self._loop or not self._state:
            raise RuntimeError("the sandbox is not running; call start() first")
        return asyncio.run_coroutine_threadsafe(
            self._state.updates.bot_connected.wait(), self._loop
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._start_error = error
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
            access_log=False,  # its lines would contain the token
            log_level="warning",
            # Longer than clients keep an idle connection, so they never send into a closing one.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
        self._server = _StoppableUvicorn(config)
        self._ready.set()
        await self._server.serve(sockets=[self._socket])


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's algorithm (40 ms per answer) only if the protocol is given.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        # From now on a client that connects before the loop runs waits instead of failing.
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
