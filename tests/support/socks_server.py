"""A SOCKS5 proxy (RFC 1928) with user names and passwords (RFC 1929)."""

import socket
import socketserver
import struct
import threading
from typing import Self

VERSION, BY_PASSWORD, CONNECT, DOMAIN_NAME = 5, 2, 1, 3
ACCEPTED = b"\x05\x00\x00\x01" + bytes(6)


class SocksServer:
    """Connects its clients to one port of this machine, whatever host they ask for.

    Args:
        user: the user name that is accepted.
        password: the password of that user.
        port: where the clients are connected to.
    """

    def __init__(self, user: str, password: str, port: int) -> None:
        self.requested: set[tuple[str, int]] = set()  # hosts and ports
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if self._may_enter():
                    outer.requested.add(self._read_target())
                    self.wfile.write(ACCEPTED)
                    with socket.create_connection(("127.0.0.1", port)) as target:
                        _relay(self.connection, target)

            def _may_enter(self) -> bool:
                version, count = self.rfile.read(2)
                assert version == VERSION
                assert BY_PASSWORD in self.rfile.read(count)
                self.wfile.write(bytes([VERSION, BY_PASSWORD]))
                self.rfile.read(1)
                given = [self.rfile.read(self.rfile.read(1)[0]).decode() for _ in range(2)]
                accepted = given == [user, password]
                self.wfile.write(bytes([1, not accepted]))
                return accepted

            def _read_target(self) -> tuple[str, int]:
                version, command, _, kind = self.rfile.read(4)
                assert (version, command, kind) == (VERSION, CONNECT, DOMAIN_NAME)
                host = self.rfile.read(self.rfile.read(1)[0]).decode()
                (port,) = struct.unpack("!H", self.rfile.read(2))
                return host, port

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _relay(one: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other end is closed already
