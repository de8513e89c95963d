"""A reverse proxy that passes requests on to one server, or to several in turn."""

import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from types import MappingProxyType
from typing import Self

import httpx

TIMEOUT_S = 30.0
_HEADERS = ("Content-Type", "X-Telegram-Bot-Api-Secret-Token")


class ReverseProxy:
    """Passes each POST request on to the next server, or to another one if that is away.

    Use it as a context manager.

    Args:
        targets: the servers, such as "http://127.0.0.1:8443".
        added: headers that it adds to each request.
    """

    def __init__(
        self, targets: Sequence[str], added: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        turns = cycle(range(len(targets)))
        client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
                headers |= added
                first = next(turns)
                for target in (*targets[first:], *targets[:first]):
                    try:
                        answer = client.post(target + self.path, content=body, headers=headers)
                    except httpx.TransportError:
                        continue
                    self._pass_back(answer)
                    return
                self.send_error(502)

            def _pass_back(self, answer: httpx.Response) -> None:
                self.send_response(answer.status_code)
                if "Retry-After" in answer.headers:
                    self.send_header("Retry-After", answer.headers["Retry-After"])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                pass

        self._client = client
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._client.close()
