"""Connections to a server without a proxy: asyncio's streams, with h11 for the protocol.

httpx's own transport goes through httpcore and anyio, and takes more than twice the processor time
for a short request.
"""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, cast

import h11
import httpx

KEEP_S = 5.0  # an idle connection, as httpx does; servers and networks drop them after a while
NEXT_ADDRESS_S = 0.25  # before another address of a host is tried, too (RFC 8305, section 5)
_PART_BYTES = 2**16  # that are written or read at once

_Origin = tuple[bytes, str, int]


def direct_or_through(proxy: httpx.Proxy | None, connections: int) -> httpx.AsyncBaseTransport:
    """Return a transport that uses this proxy or none, whatever the environment says.

    Args:
        proxy: the proxy; None for none.
        connections: how many connections may be open at the same time.
    """
    if proxy is None:
        return DirectTransport(connections)
    return httpx.AsyncHTTPTransport(proxy=proxy, limits=httpx.Limits(max_connections=connections))


class DirectTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that are used again.

    Args:
        connections: how many requests may be under way at the same time; others wait.
    """

    def __init__(self, connections: int) -> None:
        self._places = asyncio.Semaphore(connections)
        self._idle: defaultdict[_Origin, list[_Connection]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; see `httpx.AsyncBaseTransport`."""
        timeouts = request.extensions.get("timeout", {})
        with _httpx_errors(httpx.PoolTimeout, httpx.ConnectError):
            async with asyncio.timeout(timeouts.get("pool")):
                await self._places.acquire()
        try:
            return await self._exchange(request, timeouts)
        except BaseException:
            self._places.release()
            raise

    async def aclose(self) -> None:
        """Close the connections that are not in use."""
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    async def _exchange(
        self, request: httpx.Request, timeouts: dict[str, float | None]
    ) -> httpx.Response:
        url = request.url
        origin = url.raw_scheme, url.raw_host.decode(), url.port or _port(url)
        connection = self._idle_connection(origin) or await _connect(origin, timeouts)
        try:
            with suppress(httpx.WriteError):  # it may have answered before it had read everything
                await connection.send(request, timeouts.get("write"))
            head = await connection.read_head(timeouts.get("read"))
        except BaseException:
            connection.abort()
            raise

        def give_back() -> None:
            if connection.becomes_idle():
                self._idle[origin].append(connection)
            else:
                connection.abort()
            self._places.release()

        body = _Body(connection.read_body(timeouts.get("read")), give_back)
        return httpx.Response(head.status_code, headers=list(head.headers), stream=body)

    def _idle_connection(self, origin: _Origin) -> "_Connection | None":
        """Return a connection that can be used again, and close those that cannot."""
        usable = []
        for connection in self._idle.pop(origin, []):
            if connection.is_usable:
                usable.append(connection)
            else:
                connection.abort()
        latest = usable.pop() if usable else None
        self._idle[origin] += usable
        return latest


class _Connection:
    """A connection, and where it is in the protocol."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._protocol = h11.Connection(h11.CLIENT)
        self._idle_since = 0.0

    async def send(self, request: httpx.Request, write_s: float | None) -> None:
        """Send a request.

        Raises:
            httpx.TransportError: the connection is broken or too slow.
        """
        head = h11.Request(
            method=request.method, target=request.url.raw_path, headers=request.headers.raw
        )
        with _httpx_errors(httpx.WriteTimeout, httpx.WriteError):
            part = self._protocol.send(head) or b""
            async for data in cast(httpx.AsyncByteStream, request.stream):
                part += self._protocol.send(h11.Data(data)) or b""
                if len(part) >= _PART_BYTES:
                    await self._write(part, write_s)
                    part = b""
            await self._write(part + (self._protocol.send(h11.EndOfMessage()) or b""), write_s)

    async def read_head(self, read_s: float | None) -> h11.Response:
        """Return the status and the headers of the answer.

        Raises:
            httpx.TransportError: none comes in time, or it is no answer.
        """
        while not isinstance(event := await self._next_event(read_s), h11.Response):
            pass  # "100 Continue", for example
        return event

    async def read_body(self, read_s: float | None) -> AsyncIterator[bytes]:
        """Return the parts of the answer's body.

        Raises:
            httpx.TransportError: the next one does not come in time, or the connection is broken.
        """
        while isinstance(event := await self._next_event(read_s), h11.Data):
            yield bytes(event.data)

    def becomes_idle(self) -> bool:
        """Return whether the connection can be used again after an answer."""
        if {self._protocol.our_state, self._protocol.their_state} != {h11.DONE}:
            return False
        self._protocol.start_next_cycle()
        self._idle_since = time.monotonic()
        return True

    @property
    def is_usable(self) -> bool:
        """Whether an idle connection is young, and the server has not closed it."""
        is_closed = self._writer.is_closing() or self._reader.at_eof()
        return not is_closed and time.monotonic() < self._idle_since + KEEP_S

    def abort(self) -> None:
        """Close the connection; what is not sent yet is dropped."""
        self._writer.transport.abort()

    async def _write(self, part: bytes, write_s: float | None) -> None:
        self._writer.write(part)
        async with asyncio.timeout(write_s):
            await self._writer.drain()

    async def _next_event(self, read_s: float | None) -> Any:
        with _httpx_errors(httpx.ReadTimeout, httpx.ReadError):
            while (event := self._protocol.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(read_s):
                    data = await self._reader.read(_PART_BYTES)
                self._protocol.receive_data(data)
        return event


class _Body(httpx.AsyncByteStream):
    """The body of an answer.

    Args:
        parts: its bytes.
        close: called once, when nobody reads it any more.
    """

    def __init__(self, parts: AsyncIterator[bytes], close: Callable[[], None]) -> None:
        self._parts = parts
        self._close = close

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        """Give the connection back; see `httpx.AsyncByteStream`."""
        self._close()


async def _connect(origin: _Origin, timeouts: dict[str, float | None]) -> _Connection:
    scheme, host, port = origin
    with _httpx_errors(httpx.ConnectTimeout, httpx.ConnectError):
        async with asyncio.timeout(timeouts.get("connect")):
            streams = await asyncio.open_connection(
                host,
                port,
                ssl=_tls() if scheme == b"https" else None,
                happy_eyeballs_delay=NEXT_ADDRESS_S,
            )
    return _Connection(*streams)


@cache
def _tls() -> ssl.SSLContext:
    """Return the certificates that are trusted, which take long to load and much memory."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


@contextmanager
def _httpx_errors(
    too_slow: type[httpx.TimeoutException], broken: type[httpx.NetworkError]
) -> Iterator[None]:
    """Raise the errors of httpx that its own transport raises.

    Args:
        too_slow: instead of a `TimeoutError`.
        broken: instead of another `OSError`.
    """
    try:
        yield
    except TimeoutError as error:
        raise too_slow(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
