"""Requests to a server on this machine, over `bot.transport.direct_transport`."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.transport.direct_transport import DirectTransport

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CLOSES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npic\r\n4\r\nture\r\n0\r\n\r\n"
)
CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npic"
NO_HTTP = b"SSH-2.0-OpenSSH_9.2\r\n\r\n"


class Server:
    """Gives each request the next of `answers`, and then `OK`; it closes after `hangs_up_after`.

    Attributes:
        answers: what it sends; None for nothing at all.
        bodies: what it got, one for each request.
        connections: how many it accepted.
        hangs_up_after: the requests after which it closes their connection.
    """

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.hangs_up_after: set[int] = set()
        self.has_hung_up = asyncio.Event()
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        while head := await _until_empty_line(reader):
            length = next((v for n, v in map(_header, head) if n == b"content-length"), b"0")
            self.bodies.append(await reader.readexactly(int(length)))
            answer = self.answers.pop(0) if self.answers else OK
            writer.write(answer or b"")
            if len(self.bodies) in self.hangs_up_after:
                break
        writer.close()
        await writer.wait_closed()
        self.has_hung_up.set()


async def _until_empty_line(reader: asyncio.StreamReader) -> list[bytes]:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    except asyncio.IncompleteReadError:
        return []


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    async with await asyncio.start_server(server, "127.0.0.1") as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=DirectTransport(connections=2), timeout=10) as client:
        yield client


async def test_requests_share_a_connection(server: Server, client: httpx.AsyncClient) -> None:
    for _ in range(3):
        assert (await client.post(server.url, data={"text": "hello"})).text == "ok"
    assert server.bodies == [b"text=hello"] * 3
    assert server.connections == 1


async def test_a_connection_that_the_server_closed_is_not_used_again(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.hangs_up_after = {1}
    await client.get(server.url)
    await server.has_hung_up.wait()
    await asyncio.to_thread(int)  # meanwhile, the event loop sees what the client's socket got
    server.answers = [CLOSES]
    assert (await client.get(server.url)).text == "ok"
    assert (await client.get(server.url)).text == "ok"
    assert server.connections == 3


async def test_a_body_comes_in_parts(server: Server, client: httpx.AsyncClient) -> None:
    server.answers = [CHUNKED]
    async with client.stream("GET", server.url) as answer:
        assert answer.status_code == 200
        assert b"".join([part async for part in answer.aiter_raw()]) == b"picture"


async def test_a_large_file_is_uploaded(server: Server, client: httpx.AsyncClient) -> None:
    await client.post(server.url, files={"photo": bytes(3_000_000)})
    assert bytes(3_000_000) in server.bodies[0]


async def test_an_answer_that_nobody_reads_to_its_end_takes_no_place(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.answers = [CUT_OFF] * 3
    for _ in range(3):
        async with client.stream("GET", server.url):
            pass
    assert (await client.get(server.url)).text == "ok"


@pytest.mark.parametrize("answer", [None, CUT_OFF, NO_HTTP])
async def test_a_broken_answer_is_an_error(
    server: Server, client: httpx.AsyncClient, answer: bytes | None
) -> None:
    server.answers, server.hangs_up_after = [answer], {1}
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(server.url)
    assert (await client.get(server.url)).text == "ok"


async def test_a_silent_server_is_too_slow(server: Server, client: httpx.AsyncClient) -> None:
    server.answers = [None]
    with pytest.raises(httpx.ReadTimeout):
        await client.get(server.url, timeout=httpx.Timeout(10, read=0.05))


async def test_requests_wait_for_a_place(server: Server, client: httpx.AsyncClient) -> None:
    async with client.stream("GET", server.url), client.stream("GET", server.url):
        with pytest.raises(httpx.PoolTimeout):
            await client.get(server.url, timeout=httpx.Timeout(10, pool=0.05))
    assert (await client.get(server.url)).text == "ok"


async def test_no_server_cannot_be_connected_to(server: Server, client: httpx.AsyncClient) -> None:
    async with await asyncio.start_server(server, "127.0.0.1") as listening:
        port = listening.sockets[0].getsockname()[1]
    with pytest.raises(httpx.ConnectError):
        await client.get(f"http://127.0.0.1:{port}")
