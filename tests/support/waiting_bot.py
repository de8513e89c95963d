"""A bot that does nothing but wait for updates, until it is gone like a killed process."""

import contextlib
import socket
from collections.abc import Iterator

from bot.sandbox.server import SandboxServer


@contextlib.contextmanager
def waiting_bot(server: SandboxServer) -> Iterator[None]:
    """Keep a long poll of 50 seconds open; at the end, close its connection."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        path = f"/bot{server.token}/getUpdates?timeout=50"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: sandbox\r\n\r\n".encode())
        yield
