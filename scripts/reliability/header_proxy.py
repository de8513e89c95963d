"""A reverse proxy that adds headers to the requests it passes on."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import httpx

TIMEOUT_S = 10.0


class HeaderProxy:
    """Passes POST requests on; use it as a context manager.

    Args:
        target: where to, e.g. "http://127.0.0.1:8443".
        headers: what to add to each request.
    """

    def __init__(self, target: str, headers: Mapping[str, str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                media_type = {"Content-Type": self.headers["Content-Type"]}
                answer = httpx.post(
                    target + self.path,
                    content=body,
                    headers={**media_type, **headers},
                    timeout=TIMEOUT_S,
                    trust_env=False,
                )
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
